import type { Client, TaskRef } from '../../src/index.js';
import { type TaskLike, useTask, useTasks } from '../../src/react/index.js';

/** What a page shows of one task. */
export function Task({ client, task }: { readonly client: Client; readonly task: TaskLike | null }) {
  const { snapshot, lost, retry } = useTask(client, task);
  return (
    <p>
      {lost ? `lost ${lost.code}` : (snapshot?.status ?? 'asking')} {snapshot?.progress}
      {snapshot && 'error' in snapshot && <em>{snapshot.error.message}</em>}
      {lost && (
        <button type="button" onClick={retry}>
          look again
        </button>
      )}
    </p>
  );
}

/** What a page shows of many. */
export function Tasks({ client, tasks }: { readonly client: Client; readonly tasks: readonly TaskLike[] }) {
  const items = useTasks(client, tasks);
  return (
    <ul>
      {items.map(({ task, snapshot, lost }) => (
        <li key={typeof task === 'string' ? task : task.id}>{lost?.code ?? snapshot?.status ?? 'asking'}</li>
      ))}
    </ul>
  );
}

/** A page as a server renders it and a browser takes it over. */
export function Page(props: { readonly client: Client; readonly seed: TaskLike; readonly task: TaskRef }) {
  const { client, seed, task } = props;
  return (
    <section>
      <Task client={client} task={seed} />
      <Task client={client} task={task} />
      <Tasks client={client} tasks={[seed, task]} />
    </section>
  );
}
