import { type ReactNode, StrictMode, Suspense, startTransition, use, useState } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { useTask } from '../../../src/react/index.js';
import { Page } from '../../react/components.js';
import { completed, live, refOf } from '../../react/snapshots.js';
import { createStage, keys, pause, type Seen, shows, turns, until, Watcher } from './react-stage.js';

const a = refOf('a');

/** The ways in which React renders. */
export const rendering = {
  async suspense() {
    const stage = createStage();
    const { upstream, root } = stage;
    const gates = [gate(), gate()];
    let suspendAgain: () => void = () => undefined;
    function Slow() {
      const [isAgain, setAgain] = useState(false);
      suspendAgain = () => setAgain(true);
      const watched = useTask(stage.client, a);
      use((isAgain ? gates[1] : gates[0])?.opened as Promise<void>);
      return <p>{watched.snapshot?.progress ?? 'asking'}</p>;
    }
    root.render(
      <StrictMode>
        <Suspense fallback="waiting">
          <Slow />
        </Suspense>
      </StrictMode>,
    );
    await shows(stage, 'waiting');
    await turns();
    const whileWaiting = upstream.asked.length;
    gates[0]?.open();
    await shows(stage, 'asking');
    await until(() => upstream.open === 1);
    suspendAgain();
    await until(() => stage.place.textContent?.includes('waiting') === true);
    await turns();
    upstream.say(live('a', 9));
    gates[1]?.open();
    await shows(stage, '9');
    await turns();
    const asked = upstream.asked.length;
    root.unmount();
    await until(() => upstream.open === 0);
    return { whileWaiting, asked };
  },

  /** News comes while React renders many in slices; whoever is committed together shows the same. */
  async tearing() {
    const stage = createStage();
    const { upstream, root, renders, commits } = stage;
    const first = <Watcher key="first" who="first" stage={stage} task={a} />;
    root.render(first);
    await until(() => upstream.open === 1);
    upstream.say(live('a', 0));
    await shows(stage, 'in_progress 0');
    commits.length = 0;
    const many = keys(30).map((key) => <Watcher key={key} who={key} slowMs={4} stage={stage} task={a} />);
    startTransition(() => root.render([first, ...many]));
    const rendered = () => renders.filter(({ who }) => who !== 'first').length;
    let progress = 0;
    // Each news interrupts the transition, which begins anew.
    for (let before = 0; progress < 5; before = rendered()) {
      await until(() => rendered() > before);
      upstream.say(live('a', ++progress));
    }
    const isCommitted = () => commits.some(({ who }) => who === '29');
    const wasInterrupted = !isCommitted();
    await until(isCommitted);
    await turns();
    root.unmount();
    return { torn: torn(commits), wasInterrupted, asked: upstream.asked.length };
  },

  async transition() {
    const stage = createStage();
    const { upstream, root } = stage;
    const gates = gate();
    function Other() {
      use(gates.opened);
      return <Watcher stage={stage} task={a} who="other" />;
    }
    const page = (content: ReactNode) => <Suspense fallback="waiting">{content}</Suspense>;
    root.render(page(<Watcher key="one" stage={stage} task={a} />));
    await until(() => upstream.open === 1);
    upstream.say(live('a', 5));
    await shows(stage, 'in_progress 5');
    startTransition(() => root.render(page(<Other key="other" />)));
    await turns();
    upstream.say(live('a', 6));
    await shows(stage, 'in_progress 6');
    gates.open();
    await until(() => stage.commits.some(({ who }) => who === 'other'));
    await turns();
    const others = stage.renders.filter(({ who }) => who === 'other').map(({ said }) => said);
    root.unmount();
    return { others: [...new Set(others)], asked: upstream.asked.length };
  },

  async hydrate(html: string) {
    const stage = createStage();
    stage.root.unmount();
    const { upstream, place, client } = stage;
    place.innerHTML = html;
    const kept = place.querySelector('p');
    const recovered: string[] = [];
    const root = hydrateRoot(place, <Page client={client} seed={live('a', 40)} task={refOf('b')} />, {
      onRecoverableError: (error) => recovered.push(String(error)),
    });
    await until(() => upstream.open === 2);
    const isSameNode = kept === place.querySelector('p');
    upstream.say(live('a', 41));
    upstream.say(completed('b'));
    await until(() => place.textContent === 'in_progress 41completed 100in_progresscompleted');
    const asked = upstream.asked.map(({ key, known }) => [key, known ?? 'nothing']);
    root.unmount();
    return { recovered, isSameNode, asked };
  },

  /** A task that has ended is taken over and shown without a question, beside one that is further than its HTML. */
  async hydrateLate(html: string) {
    const stage = createStage();
    const { upstream, place, client, renders } = stage;
    const other = document.body.appendChild(document.createElement('div'));
    stage.root.unmount();
    const early = createRoot(other);
    early.render(<Watcher stage={stage} task={a} />);
    await until(() => upstream.open === 1);
    upstream.say(live('a', 90));
    await until(() => renders.at(-1)?.said === 'in_progress 90');
    place.innerHTML = html;
    const recovered: string[] = [];
    const root = hydrateRoot(place, <Page client={client} seed={live('a', 40)} task={refOf('b')} />, {
      onRecoverableError: (error) => recovered.push(String(error)),
    });
    await until(() => place.textContent?.startsWith('in_progress 90') === true);
    const asked = upstream.asked.map(({ key }) => key);
    root.unmount();
    early.unmount();
    other.remove();
    return { recovered, asked };
  },
};

/** The commits after which not all showed the same. */
function torn(commits: readonly Seen[]): string[] {
  const standing = new Map<string, string>();
  const troubles: string[] = [];
  let batch = new Set<string>();
  for (const { who, said } of [...commits, pause]) {
    if (who === pause.who || batch.has(who)) {
      if (new Set(standing.values()).size > 1) troubles.push(JSON.stringify([...standing]));
      batch = new Set();
    }
    if (who === pause.who) continue;
    batch.add(who);
    standing.set(who, said);
  }
  return troubles;
}

function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
