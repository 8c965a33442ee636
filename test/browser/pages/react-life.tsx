import { Activity, Component, type ReactNode, StrictMode } from 'react';
import { flushSync } from 'react-dom';
import { cometapi, createClient, RushesError, type TaskRef } from '../../../src/index.js';
import { useTask } from '../../../src/react/index.js';
import { completed, live, refOf } from '../../react/snapshots.js';
import { complaints, createStage, keys, type Stage, shows, timers, turns, until, Watcher } from './react-stage.js';

const a = refOf('a');
const trouble = () => new RushesError('UNAVAILABLE', 'gone', { task: a });

/** Makes a client at each render, by mistake. */
function Careless({ upstream }: { readonly upstream: Stage['upstream'] }) {
  return useTask(createClient(upstream.source), a).snapshot?.status ?? 'asking';
}

class Boundary extends Component<{ readonly children: ReactNode }> {
  override state = { said: '' };
  static getDerivedStateFromError = ({ code, message }: RushesError) => ({ said: code ?? message });
  override render = () => this.state.said || this.props.children;
}

/** Components that come, go and stay. */
export const life = {
  async strictMode() {
    const stage = createStage();
    const { upstream, root } = stage;
    root.render(<StrictMode>{<Watcher stage={stage} task={a} />}</StrictMode>);
    await until(() => upstream.open === 1);
    upstream.say(live('a', 7));
    await shows(stage, 'in_progress 7');
    await turns();
    const whileMounted = [upstream.asked.length, upstream.open];
    root.unmount();
    await until(() => upstream.open === 0);
    return { whileMounted, asked: upstream.asked.length };
  },

  async fifty() {
    const stage = createStage();
    const { upstream, root, place, renders } = stage;
    const many = keys(50).map((key) => <Watcher key={key} stage={stage} task={{ ...a }} />);
    root.render(many);
    await until(() => upstream.open > 0);
    upstream.say(live('a', 7));
    await until(() => place.textContent === 'in_progress 7'.repeat(50));
    await turns();
    root.unmount();
    await until(() => upstream.open === 0);
    return { asked: upstream.asked.length, renders: renders.length };
  },

  /** Fifty that were all given the same: nothing is rendered twice because one of them came first. */
  async fiftySeeds() {
    const stage = createStage();
    const { upstream, root, renders } = stage;
    root.render(keys(50).map((key) => <Watcher key={key} stage={stage} task={live('a', 3)} />));
    await until(() => upstream.open > 0);
    await turns();
    root.unmount();
    return { asked: upstream.asked.length, renders: renders.length };
  },

  async remount() {
    const stage = createStage();
    const { upstream, root, renders } = stage;
    flushSync(() => root.render(<Watcher key={1} stage={stage} task={a} />));
    await until(() => upstream.open === 1);
    upstream.say(live('a', 7));
    await shows(stage, 'in_progress 7');
    renders.length = 0;
    flushSync(() => root.render(<Watcher key={2} stage={stage} task={a} />));
    flushSync(() => root.render(null));
    flushSync(() => root.render(<Watcher key={3} stage={stage} task={a} />));
    await turns();
    const result = { said: [...new Set(renders.map(({ said }) => said))], asked: upstream.asked.length };
    root.unmount();
    await until(() => upstream.open === 0);
    return { ...result, open: upstream.open };
  },

  /** Over real requests, which the page that served this counts. */
  async requests(id: string) {
    const stage = createStage();
    const client = createClient(cometapi({ apiKey: 'sk-test', baseUrl: location.origin }));
    const real = { ...stage, client };
    await until(() => timers.size <= 1);
    stage.root.render(
      <StrictMode>
        <Watcher stage={real} task={id} />
        <Watcher stage={real} task={{ provider: 'cometapi', id }} />
      </StrictMode>,
    );
    await until(() => performance.getEntriesByType('resource').length > 0 || stage.renders.length > 0);
    return async () => {
      stage.root.unmount();
      // The one of `until` itself.
      await until(() => timers.size <= 1);
      return stage.renders.at(-1)?.said;
    };
  },

  async late() {
    const stage = createStage();
    const { upstream, root, renders } = stage;
    const first = <Watcher key="first" who="first" stage={stage} task={a} />;
    root.render(first);
    await until(() => upstream.open === 1);
    upstream.say(live('a', 42));
    await shows(stage, 'in_progress 42');
    root.render([first, <Watcher key="late" who="late" stage={stage} task={live('a', 1)} />]);
    await until(() => renders.some(({ who }) => who === 'late'));
    await turns();
    root.unmount();
    return { late: renders.filter(({ who }) => who === 'late').map(({ said }) => said), asked: upstream.asked.length };
  },

  async lost() {
    const stage = createStage();
    const { upstream, root, place } = stage;
    const page = (key: number) =>
      [1, 2].map((n) => (
        <Watcher key={`${key}-${n}`} stage={stage} task={a}>
          {({ snapshot, lost, retry }) => (
            <button type="button" onClick={retry}>
              {`${lost?.code ?? 'fine'} ${snapshot?.progress ?? ''};`}
            </button>
          )}
        </Watcher>
      ));
    root.render(<StrictMode>{page(1)}</StrictMode>);
    await until(() => upstream.open === 1);
    upstream.say(live('a', 7));
    upstream.fail(a, trouble());
    await shows(stage, 'UNAVAILABLE 7;UNAVAILABLE 7;');
    flushSync(() => root.render(<StrictMode>{page(1)}</StrictMode>));
    flushSync(() => root.render(<StrictMode>{page(2)}</StrictMode>));
    await turns();
    const beforeRetry = { text: place.textContent, asked: upstream.asked.length };
    place.querySelector('button')?.click();
    place.querySelectorAll('button')[1]?.click();
    await shows(stage, 'fine 7;fine 7;');
    const afterRetry = upstream.asked.map(({ known }) => known ?? 'nothing');
    upstream.say(live('a', 8));
    await shows(stage, 'fine 8;fine 8;');
    upstream.fail(a, trouble());
    await shows(stage, 'UNAVAILABLE 8;UNAVAILABLE 8;');
    flushSync(() => root.render(null));
    await turns();
    root.render(page(3));
    await shows(stage, 'fine ;fine ;');
    await until(() => upstream.open === 1);
    root.unmount();
    return { beforeRetry, afterRetry, asked: upstream.asked.length };
  },

  async ended() {
    const stage = createStage();
    const { upstream, root, place } = stage;
    root.render(
      <StrictMode>
        <Watcher stage={stage} task={completed('a')} />
        <Watcher stage={stage} task={a} />
        <Watcher stage={stage} task={null} />
      </StrictMode>,
    );
    await until(() => place.textContent === 'completed 100completed 100asking');
    await turns();
    root.unmount();
    return upstream.asked.length;
  },

  async changing() {
    const stage = createStage();
    const { upstream, root, place } = stage;
    const show = (task: TaskRef | null) => root.render(<Watcher stage={stage} task={task} />);
    show(a);
    await until(() => upstream.open === 1);
    upstream.say(live('a', 1));
    await shows(stage, 'in_progress 1');
    show(refOf('b'));
    await shows(stage, 'asking');
    await until(() => upstream.asked.length === 2 && upstream.open === 1);
    upstream.say(live('b', 2));
    await shows(stage, 'in_progress 2');
    show(null);
    await shows(stage, 'asking');
    await until(() => upstream.open === 0);
    const said = place.textContent;
    root.unmount();
    return { said, asked: upstream.asked.map(({ key }) => key) };
  },

  async activity() {
    const stage = createStage();
    const { upstream, root, renders } = stage;
    const show = (mode: 'visible' | 'hidden') =>
      root.render(
        <Activity mode={mode}>
          <Watcher stage={stage} task={a} />
        </Activity>,
      );
    show('visible');
    await until(() => upstream.open === 1);
    upstream.say(live('a', 5));
    await shows(stage, 'in_progress 5');
    show('hidden');
    await until(() => upstream.open === 0);
    renders.length = 0;
    show('visible');
    await until(() => upstream.open === 1);
    const { said } = renders[0] ?? {};
    root.unmount();
    return { said, asked: upstream.asked.map(({ known }) => known ?? 'nothing') };
  },

  async clientInRender() {
    const stage = createStage();
    const page = () => (
      <Boundary>
        <Careless upstream={stage.upstream} />
      </Boundary>
    );
    stage.root.render(page());
    await shows(stage, 'asking');
    stage.root.render(page());
    await until(() => stage.place.textContent !== 'asking');
    const said = stage.place.textContent;
    stage.root.unmount();
    await until(() => stage.upstream.open === 0);
    complaints.length = 0;
    return { said, asked: stage.upstream.asked.length };
  },

  async boundary() {
    const stage = createStage();
    stage.root.render(
      <Boundary>
        <Watcher stage={stage} task="an id alone" />
      </Boundary>,
    );
    await shows(stage, 'INVALID_ARGUMENT');
    stage.root.unmount();
    complaints.length = 0;
    return stage.upstream.asked.length;
  },
};
