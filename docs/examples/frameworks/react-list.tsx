import { memo } from 'react';
import { type Client, isFailure, type TaskRef } from 'rushes';
import { type ListedTask, useTasks } from 'rushes/react';

const Row = memo(({ item }: { item: ListedTask }) => {
  const { snapshot, lost, retry } = item;
  return (
    <li>
      {lost ? 'lost' : (snapshot?.status ?? 'asking')} {snapshot?.progress}
      {snapshot && isFailure(snapshot) && `: ${snapshot.error.message}`}
      {lost && (
        <button type="button" onClick={retry}>
          Look again
        </button>
      )}
    </li>
  );
});

export function List({ client, tasks }: { client: Client; tasks: readonly TaskRef[] }) {
  const items = useTasks(client, tasks);
  return <ul>{tasks.map(({ provider, id }, i) => items[i] && <Row key={`${provider}/${id}`} item={items[i]} />)}</ul>;
}
