import { catchError, map, Observable, of, switchMap, tap, throwError } from 'rxjs';
import { keptInput } from '../../create/kept-input.js';
import { checkOrigin } from '../../create/ledger.js';
import { notingEnds } from '../../create/noting-ends.js';
import { aboutTask, checkNames, messageOf, RushesError } from '../../errors.js';
import type { OpenedResponse } from '../../http/transport.js';
import { factsOf } from '../../providers/facts.js';
import { parseBody } from '../../providers/parse-body.js';
import type { HttpResponse } from '../../providers/provider.js';
import { isSameTask, type TaskRef } from '../../task/ref.js';
import type { Snapshot } from '../../task/snapshot.js';
import { toldSnapshot } from '../../told/told-snapshot.js';
import type { Backend, CancelOutcome, ContentOptions } from '../../watch/backend.js';
import { cancelledByUs } from '../../watch/read.js';
import { once } from '../../watch/result.js';
import { taskPath } from '../wire/task-address.js';
import { checkCreate } from './check-create.js';
import type { createAtGateway } from './create-at-gateway.js';
import { GatewayCalls } from './gateway-calls.js';
import { gatewayUrl } from './gateway-url.js';
import { Lines } from './lines.js';
import { type RemoteOptions, remoteSettings } from './remote-options.js';
import { Watcher } from './watcher.js';

/** A backend that is a gateway elsewhere. */
export interface Remote extends Required<Backend> {
  /**
   * Where the gateway serves a task's video: what `<video src>` takes, where cookies are enough to be let in. Relative where
   * the gateway's address is.
   */
  contentUrl(task: TaskRef): string;
}

/**
 * A gateway's tasks, as a backend for `createClient`: no key of a provider is needed where this runs. What is watched at
 * the same time comes over one connection, which is made anew for as long as there is hope.
 *
 * A viewer who may not see one of several tasks still sees the others.
 *
 * @param url - Where the gateway is: whole, or relative to the page. Where there is no page yet, as on a server that
 * renders one, a relative address fails whoever asks there, and nobody else.
 * @throws `INVALID_ARGUMENT` naming the option.
 * @example
 * ```ts
 * const client = createClient(remote('/rushes'));
 * client.watch({ provider: 'cometapi', id: 'task_abc123' }).subscribe((s) => console.log(s.status)); // queued … completed
 * ```
 */
export function remote(url: string, options: RemoteOptions = {}): Remote {
  const { given, whole } = gatewayUrl(url);
  const settings = remoteSettings(whole, options);
  const gateway = new GatewayCalls(settings);
  const lines = new Lines(gateway);
  const { ledger, onLedgerFailed } = settings;
  const end = notingEnds(ledger, ledger ? settings.url : '', onLedgerFailed);
  const noted = (source: Observable<Snapshot>) => (ledger ? source.pipe(tap(end)) : source);
  const checked: Backend['checkInput'] = (input, create) => checkCreate(gateway, input, create);

  return Object.freeze<Remote>({
    watch: (task, known) =>
      noted(
        new Observable((subscriber) => {
          checkOrigin({ task, ...(known && { known }) }, new URL(settings.url).origin);
          const watcher = new Watcher(task, subscriber);
          subscriber.add(() => lines.leave(watcher));
          lines.add(watcher);
        }),
      ),
    read: (task) =>
      noted(
        gateway.ask({ method: 'GET', path: taskPath(task), headers: json }).pipe(
          map((response) => snapshotIn(response, task, gateway)),
          catchError((error) => throwError(() => aboutTask(error, task))),
        ),
      ),
    checkInput: checked,
    create: (input, create = {}) => {
      checked(input, create);
      const { provider, idempotencyKey } = create;
      return creating(gateway, keptInput(input), { provider, idempotencyKey });
    },
    cancel: async (task) => {
      const request = {
        method: 'DELETE',
        path: taskPath(task),
        headers: { ...json, 'content-type': 'application/json' },
      } as const;
      const answer = gateway.ask(request).pipe(map((response) => outcomeIn(response, gateway)));
      const outcome = await once(task, answer, undefined);
      if (outcome === 'cancelled') await end(cancelledByUs(task));
      return outcome;
    },
    content: (task, content = {}) => {
      checkNames('content', content, ['url', 'range', 'ifRange', 'signal']);
      return once(task, opened(gateway, task, content), content.signal);
    },
    contentUrl: (task) => `${given}${taskPath(task)}/content`,
  });
}

/** What only a create needs is loaded when there is one: before anything is noted or sent, so nothing is lost with it. */
async function creating(...create: Parameters<typeof createAtGateway>): Promise<Snapshot> {
  const loaded = await import('./create-at-gateway.js').catch((cause: unknown) => {
    const message = `the create was not sent, since a part of rushes could not be loaded: ${messageOf(cause)}`;
    throw new RushesError('UNAVAILABLE', message, { retryable: true, cause });
  });
  return loaded.createAtGateway(...create);
}

const json = { accept: 'application/json' } as const;

function snapshotIn(response: HttpResponse, task: TaskRef, gateway: GatewayCalls): Snapshot {
  const body = response.status === 200 ? parseBody(response.text) : undefined;
  const snapshot = body?.kind === 'json' ? toldSnapshot(body.value) : undefined;
  if (!snapshot || !isSameTask(snapshot.task, task)) throw gateway.refusal(response).error;
  gateway.hasAnsweredWell = true;
  return snapshot;
}

const outcomes: readonly unknown[] = ['cancelled', 'too-late', 'unsupported'] satisfies CancelOutcome[];

function outcomeIn(response: HttpResponse, gateway: GatewayCalls): CancelOutcome {
  const body = response.status === 200 ? parseBody(response.text) : undefined;
  const outcome = body?.kind === 'json' ? factsOf(body.value)?.['outcome'] : undefined;
  if (!outcomes.includes(outcome)) throw gateway.refusal(response).error;
  gateway.hasAnsweredWell = true;
  return outcome as CancelOutcome;
}

/** A video on its way, or an answer that says that there is no such range. */
function opened(gateway: GatewayCalls, task: TaskRef, { range, ifRange }: ContentOptions): Observable<OpenedResponse> {
  // A range of what a proxy has packed anew is a range of nothing.
  const headers = {
    'accept-encoding': 'identity',
    ...(range !== undefined && { range }),
    ...(ifRange !== undefined && { 'if-range': ifRange }),
  };
  return gateway.open({ method: 'GET', path: `${taskPath(task)}/content`, headers }).pipe(
    switchMap((answer) => {
      const { status, url, header, body } = answer;
      if (status !== 200 && status !== 206 && status !== 416) return gateway.refused(answer);
      // What stands in a gateway's place may answer everything with a page.
      gateway.hasAnsweredWell ||= status !== 416 && /^(?:video|image)\//.test(header('content-type') ?? '');
      return of({ status, url, header, body });
    }),
  );
}
