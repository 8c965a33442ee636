import { memo, StrictMode } from 'react';
import { flushSync } from 'react-dom';
import { RushesError } from '../../../src/index.js';
import { type ListedTask, type TaskLike, useTask, useTasks, type WatchedTask } from '../../../src/react/index.js';
import { completed, live, refOf } from '../../react/snapshots.js';
import { createStage, keys, type Stage, sayOf, shows, turns, until } from './react-stage.js';

const nameOf = ({ task }: ListedTask) => (typeof task === 'string' ? task : task.id || '?');

interface ListProps {
  readonly stage: Stage;
  readonly tasks: readonly TaskLike[];
}

/** One line for all, such as `a asking, b 7, `. */
function Line({ stage, tasks }: ListProps) {
  return useTasks(stage.client, tasks).map((item) => {
    const { snapshot, lost } = item;
    return `${nameOf(item)} ${lost?.code ?? snapshot?.progress ?? 'asking'}, `;
  });
}

/** A row for each that counts its renders. */
function listWithRows() {
  const renders = { all: 0 };
  const Row = memo(({ item }: { readonly item: ListedTask }) => {
    renders.all++;
    return <li>{sayOf(item)}</li>;
  });
  const List = ({ stage, tasks }: ListProps) => {
    const items = useTasks(stage.client, tasks);
    return items.map((item) => <Row key={nameOf(item)} item={item} />);
  };
  return { List, renders };
}

/** Many tasks in one component. */
export const lists = {
  async stable() {
    const stage = createStage();
    const { upstream, root } = stage;
    const renders = { a: 0, b: 0 };
    const Child = memo(({ watched, who }: { readonly watched: WatchedTask; readonly who: 'a' | 'b' }) => {
      renders[who]++;
      return <p>{sayOf(watched)}</p>;
    });
    function Parent() {
      return (
        <>
          <Child who="a" watched={useTask(stage.client, refOf('a'))} />
          <Child who="b" watched={useTask(stage.client, refOf('b'))} />
        </>
      );
    }
    flushSync(() => root.render(<Parent />));
    await until(() => upstream.open === 2);
    const atFirst = { ...renders };
    for (let i = 0; i < 3; i++) flushSync(() => root.render(<Parent />));
    const rerendered = { ...renders };
    upstream.say(live('a', 1));
    upstream.say({ ...live('a', 1) });
    await shows(stage, 'in_progress 1asking');
    const afterOne = { ...renders };
    upstream.fail(refOf('b'), new RushesError('NOT_FOUND', 'no'));
    await shows(stage, 'in_progress 1NOT_FOUND');
    await turns();
    const afterLost = { ...renders };
    root.unmount();
    return { atFirst, rerendered, afterOne, afterLost };
  },

  async changingList() {
    const stage = createStage();
    const { upstream, root, place } = stage;
    const show = (tasks: readonly TaskLike[]) =>
      flushSync(() => root.render(<StrictMode>{<Line stage={stage} tasks={tasks} />}</StrictMode>));
    const texts: (string | null)[] = [];
    show([refOf('a'), refOf('b')]);
    await until(() => upstream.open === 2);
    upstream.say(live('a', 1));
    await shows(stage, 'a 1, b asking, ');
    texts.push(place.textContent);
    show([refOf('c'), refOf('b'), refOf('a')]);
    texts.push(place.textContent);
    await turns();
    show([refOf('a'), refOf('a'), { provider: 'NO', id: '?' }]);
    texts.push(place.textContent);
    await until(() => upstream.open === 1);
    upstream.say(live('a', 2));
    await until(() => place.textContent !== texts.at(-1));
    texts.push(place.textContent);
    const result = { texts, asked: upstream.asked.map(({ key }) => key), open: upstream.keys };
    root.unmount();
    await until(() => upstream.open === 0);
    return result;
  },

  async thousand() {
    const stage = createStage();
    const { upstream, root, place } = stage;
    const { List, renders } = listWithRows();
    const tasks = keys(1_000).map(refOf);
    root.render(<List stage={stage} tasks={tasks} />);
    await until(() => upstream.open === 1_000);
    await turns();
    const atFirst = renders.all;
    upstream.say(live('500', 50));
    await until(() => place.textContent?.includes('50') === true);
    const afterOne = renders.all;
    for (const { id } of tasks) if (id !== '500') upstream.say(completed(id));
    await until(() => !place.textContent?.includes('asking'));
    await turns();
    const afterAll = renders.all;
    flushSync(() => root.render(<List stage={stage} tasks={[refOf('more'), ...structuredClone(tasks).reverse()]} />));
    await turns();
    const afterMore = renders.all;
    root.unmount();
    return { asked: upstream.asked.length, atFirst, afterOne, afterAll, afterMore };
  },

  async retryOne() {
    const stage = createStage();
    const { upstream, root } = stage;
    function Retriable() {
      return useTasks(stage.client, [refOf('a'), refOf('b')]).map(({ lost, retry }, i) => (
        <button type="button" key={['a', 'b'][i]} onClick={retry}>
          {lost?.code ?? 'fine'}
        </button>
      ));
    }
    root.render(<Retriable />);
    await until(() => upstream.open === 2);
    for (const id of ['a', 'b']) upstream.fail(refOf(id), new RushesError('UNAVAILABLE', 'gone'));
    await shows(stage, 'UNAVAILABLEUNAVAILABLE');
    stage.place.querySelectorAll('button')[1]?.click();
    await shows(stage, 'UNAVAILABLEfine');
    root.unmount();
    return { asked: upstream.asked.map(({ key }) => key) };
  },
};
