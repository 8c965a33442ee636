import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastValueFrom, NEVER, type Observable, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { publishTo } from '../../src/bridges/index.js';
import { openVideo } from '../../src/download/open-video.js';
import { checkFleetSettings } from '../../src/fleet/fleet-settings.js';
import { Layout } from '../../src/fleet/layout.js';
import { settle } from '../../src/fleet/streams/settle.js';
import {
  cometapi,
  createClient,
  type ErrorCode,
  errorIfStalled,
  isRushesError,
  type Snapshot,
} from '../../src/index.js';
import { type Clock, createClock } from '../../src/testing/index.js';
import { MemoryLedger } from '../create/memory-ledger.js';
import { StreamsServer } from '../fleet/streams-server.js';
import { type Answer, body, inTurn, refused, scripted } from '../watch/scripted.js';
import { page, root } from './pages.js';

const text = page('docs/errors.md');
const input = { model: 'sora-2', prompt: 'a paper boat' };
const live = JSON.parse(body('in_progress')) as { id: string };
const task = { provider: 'cometapi', id: live.id };

const failed = { task, providerStatus: 'failed', status: 'failed', error: { message: 'Not this prompt.' } } as Snapshot;

/** A client whose server answers everything so. */
function answering(answer: Answer) {
  const clock = createClock();
  const { transport } = scripted(clock, inTurn(answer));
  return { clock, client: createClient(cometapi({ apiKey: 'sk-docs' }), { transport, scheduler: clock }) };
}

async function failure(doing: (at: ReturnType<typeof answering>) => unknown, answer: Answer): Promise<unknown> {
  const at = answering(answer);
  const outcome = (async () => doing(at))().then(
    () => undefined,
    (error: unknown) => error,
  );
  await at.clock.advance(7_200_000);
  return outcome;
}

const watched = (answer: Answer, refine = (news: Observable<Snapshot>) => news) =>
  failure(({ client }) => lastValueFrom(refine(client.watch(task))), answer);
const created = (answer: Answer) => failure(({ client }) => client.create(input), answer);
const hang: Answer = { kind: 'hang' };
const fullDisk = (clock: Clock) =>
  Object.assign(new MemoryLedger(clock), { begin: () => Promise.reject(new Error('ENOSPC: no space left on device')) });
const full = { publish: () => Promise.reject(new Error('the stream is full')) };
const running = { ...refused(200), text: body('in_progress') } as Answer;

/** Two workers of a fleet that do not agree. */
async function disagreement() {
  const { manager } = new StreamsServer();
  for (const requestTimeoutMs of [30_000, 10_000])
    await settle(manager, new Layout('video'), checkFleetSettings({ requestTimeoutMs }), ['cometapi']);
}

const provoked: Readonly<Record<ErrorCode, () => Promise<unknown>>> = {
  INVALID_ARGUMENT: () => failure(() => cometapi({ apiKey: undefined }), hang),
  UNAUTHORIZED: () => watched(refused(401, '{"error":{"message":"invalid token"}}')),
  NOT_FOUND: () => watched(refused(400, '{"code":"task_not_exist","message":"task_not_exist","data":null}')),
  RATE_LIMITED: () =>
    failure(
      ({ client }) => client.read(task),
      refused(429, '{"code":"fail_to_fetch_task","message":"upstream is saturated","data":null}'),
    ),
  UNAVAILABLE: () => watched(refused(502, '<html><title>502 Bad Gateway</title></html>')),
  BAD_RESPONSE: () => watched(refused(200, '<title>Welcome</title>')),
  DEADLINE: () => watched(running),
  STALLED: () =>
    failure(
      ({ client, clock }) =>
        lastValueFrom(client.watch(task).pipe(errorIfStalled({ afterMs: 120_000, scheduler: clock }))),
      running,
    ),
  SOURCE_ENDED: () => failure(() => lastValueFrom(createClient(() => of()).watch(task)), hang),
  UNSUPPORTED: () => failure(() => createClient(() => NEVER).content(task), hang),
  REJECTED: () =>
    created(refused(400, '{"error":{"code":"InvalidParameter","message":"duration must be a whole number"}}')),
  CREATE_AMBIGUOUS: () => created(hang),
  LEDGER_FAILED: () => failure(({ client, clock }) => client.with({ ledger: fullDisk(clock) }).create(input), hang),
  TASK_FAILED: () => failure(() => createClient(() => NEVER).result(failed), hang),
  DOWNLOAD_FAILED: () => failure(({ client, clock }) => openVideo(client, task, { scheduler: clock }), running),
  PUBLISH_FAILED: () =>
    failure(({ clock: scheduler }) => lastValueFrom(of(failed).pipe(publishTo(full, { scheduler }))), hang),
  FLEET_CONFIG: () => failure(disagreement, hang),
};

const headings = Array.from(text.matchAll(/^## `([A-Z_]+)`$/gm), ([, code]) => code as ErrorCode);

function section(code: ErrorCode): string {
  return text.split(/^## /m).find((part) => part.startsWith(`\`${code}\``)) ?? '';
}

describe('docs/errors.md', () => {
  it('has one heading for each code, in the order of the sources', () => {
    const source = readFileSync(join(root, 'src/errors.ts'), 'utf8');
    const union = /const errorCodes = \[([^\]]+)\]/.exec(source)?.[1] ?? '';
    expect(headings).toEqual(Array.from(union.matchAll(/'([A-Z_]+)'/g), ([, code]) => code));
  });

  it.each(headings)('says of %s when it comes, whether it may pass, and what to do', (code) => {
    for (const part of ['When', 'Retryable', 'What to do']) expect(section(code)).toContain(`- **${part}**: `);
  });

  it.each(headings)('shows a message that %s really has, and whether it is retryable', async (code) => {
    const error = await provoked[code]();
    expect(isRushesError(error) && error.code).toBe(code);
    if (!isRushesError(error)) return;
    expect(section(code)).toContain(`\`\`\`text\n${error.message}\n\`\`\``);
    const isSaidSo = /\*\*Retryable\*\*: yes/.test(section(code));
    if (code !== 'BAD_RESPONSE') expect(isSaidSo).toBe(error.retryable);
  });
});
