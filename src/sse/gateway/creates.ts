import { idempotencyKeyForm, isIdempotencyKey } from '../../create/idempotency-key.js';
import { inputHash } from '../../create/input-hash.js';
import { keyReused } from '../../create/key-reused.js';
import { webSha256 } from '../../create/web-sha256.js';
import { invalidArgument, isRushesError, messageOf, RushesError } from '../../errors.js';
import type { Snapshot } from '../../task/snapshot.js';
import { type AskedCreate, readCreate } from '../wire/create-body.js';
import { taskPath } from '../wire/task-address.js';
import { principalOf } from './admit.js';
import { denial, failure, invalid, json, noRoom, plain, unchanged } from './answer.js';
import type { GatewayContext } from './gateway-context.js';
import type { GatewayOptions } from './gateway-options.js';
import { isJson, readBody } from './read-body.js';

/** A create by its key: under way, or done. */
interface Making {
  readonly asked: string;
  readonly snapshot: Promise<Snapshot>;
  noted?: Promise<unknown>;
}

/** How many finished creates are remembered here. The client's ledger remembers them all. */
const REMEMBERED = 10_000;

/** The creates of all viewers: one for each key of each of them, however often it is asked for. */
export class Creates {
  readonly #underWay = new Map<string, Making>();
  readonly #done = new Map<string, Making>();

  constructor(private readonly context: GatewayContext) {}

  /** Answers a `POST /tasks`. */
  async answer(request: Request): Promise<Response> {
    const { crossSite, options, connections } = this.context;
    const { authorizeCreate } = options;
    if (!authorizeCreate || !crossSite.mayChange(request)) return denial();
    if (!isJson(request)) return plain(415, 'send application/json');
    const key = request.headers.get('idempotency-key');
    if (!isIdempotencyKey(key)) return invalid(`Idempotency-Key: expected ${idempotencyKeyForm}`);
    const principal = await principalOf(request, this.context);
    if (principal instanceof Response) return principal;
    // A body takes room, so whoever sends it is counted before it is read.
    const leave = connections.take(principal);
    if (typeof leave === 'string') return noRoom(leave, options.lingerMs);
    try {
      const asked = await this.#asked(request, authorizeCreate);
      if (asked instanceof Response) return asked;
      return await this.#create(request, asked, await webSha256(JSON.stringify([principal ?? null, key])));
    } finally {
      leave();
    }
  }

  async #asked(
    request: Request,
    authorizeCreate: NonNullable<GatewayOptions['authorizeCreate']>,
  ): Promise<AskedCreate | Response> {
    const body = await readBody(request, this.context);
    const asked = body instanceof Response ? body : understood(body);
    if (asked instanceof Response) return asked;
    const { input, provider } = asked;
    const { extraFields = [] } = this.context.options;
    const isUnlisted = Object.keys(input.extra ?? {}).some((field) => !extraFields.includes(field));
    if (isUnlisted) return invalid('extra: expected no field but those that the gateway lets through');
    const isGranted = await this.context.guard.isGranted(request, [() => authorizeCreate(request, input, provider)]);
    return isGranted ? asked : denial();
  }

  async #create(request: Request, asked: AskedCreate, name: string): Promise<Response> {
    const { project, options } = this.context;
    try {
      const snapshot = await this.#made(request, asked, name);
      const location = options.basePath + taskPath(snapshot.task);
      return json(201, project(snapshot, request), { location });
    } catch (error) {
      if (isRushesError(error)) return unchanged(error);
      throw error;
    }
  }

  /** It goes on when the viewer leaves: whoever asks again with the same key is told the same task. */
  async #made(request: Request, { input, provider }: AskedCreate, name: string): Promise<Snapshot> {
    const asked = `${provider ?? ''}/${await inputHash(input, webSha256)}`;
    const known = this.#underWay.get(name) ?? this.#done.get(name);
    if (known && known.asked !== asked) {
      const expected = 'a key that was not used for another input';
      throw keyReused(invalidArgument('create.idempotencyKey', expected, 'one that was'));
    }
    const making = known ?? { asked, snapshot: this.#send({ input, provider }, name) };
    if (!known) {
      this.#underWay.set(name, making);
      this.#settle(name, making);
    }
    const snapshot = await making.snapshot;
    making.noted ??= this.#note(request, snapshot, making);
    await making.noted;
    return snapshot;
  }

  async #send({ input, provider }: AskedCreate, name: string): Promise<Snapshot> {
    return this.context.options.client.create(input, { provider, idempotencyKey: `gateway-${name}` });
  }

  /**
   * What was certainly not made may be tried again; everything else is remembered, so that it is not made twice. What a
   * ledger has is for the ledger to say, since a person may settle it there.
   */
  async #settle(name: string, making: Making): Promise<void> {
    const isOurs = (error: unknown) =>
      !isRushesError(error) || (error.code === 'CREATE_AMBIGUOUS' && error.create?.key === undefined);
    const isSettled = await making.snapshot.then(() => true, isOurs);
    this.#underWay.delete(name);
    if (!isSettled) return;
    this.#done.set(name, making);
    const [oldest] = this.#done.keys();
    if (this.#done.size > REMEMBERED && oldest !== undefined) this.#done.delete(oldest);
  }

  async #note(request: Request, snapshot: Snapshot, making: Making): Promise<void> {
    const { options, guard } = this.context;
    const { created } = options;
    if (!created) return;
    const isNoted = await guard.ask('created', request, async () => {
      await created(request, snapshot);
      return true;
    });
    if (!isNoted) delete making.noted;
  }
}

function understood(body: string): AskedCreate | Response {
  try {
    return readCreate(body);
  } catch (error) {
    return failure(400, isRushesError(error) ? error : new RushesError('INVALID_ARGUMENT', messageOf(error)));
  }
}
