import { isRushesError } from '../../errors.js';
import type { Heard, HttpRequest, HttpResponse, Operation, Provider } from '../../providers/provider.js';
import type { Snapshot } from '../../task/snapshot.js';
import type { Status } from '../../task/status.js';
import { claim, shown } from './claim.js';
import type { ProviderManifest, ToldFacts } from './provider-manifest.js';

/** Checks that belong together. */
export type Chapter = readonly {
  readonly name: string;
  /** Whether the check makes sense for such a provider. @defaultValue always */
  readonly applies?: (manifest: ProviderManifest) => boolean;
  check(subject: Subject): void | Promise<void>;
}[];

/** The provider of one check, with short ways to ask it and to answer it. */
export class Subject {
  readonly provider: Provider;
  readonly id = 'task_Conformance-1';

  constructor(readonly manifest: ProviderManifest) {
    this.provider = manifest.provider(manifest.apiKey);
  }

  /** Something that can be asked about the task `id`, or a create. */
  operation(kind: Operation['kind'], id = this.id): Operation {
    if (kind === 'create') return { kind, input: { ...this.manifest.input } };
    return { kind, task: { provider: this.provider.name, id } };
  }

  /** The kinds of operation that the manifest says are supported. */
  get kinds(): readonly Operation['kind'][] {
    const { supports } = this.manifest;
    return [
      'read',
      'create',
      ...(supports.cancel ? ['cancel' as const] : []),
      ...(supports.content ? ['content' as const] : []),
    ];
  }

  /** Has an operation worded; an error that is thrown instead is given back if it is one of this library's. */
  ask(operation: Operation): HttpRequest | { readonly refused: string } {
    try {
      return this.provider.ask(operation);
    } catch (error) {
      claim(isRushesError(error), `ask(${shown(operation)}) must throw only a RushesError, but threw ${shown(error)}`);
      return { refused: error.code };
    }
  }

  /** Has an operation worded that must be. */
  request(kind: Operation['kind'], id?: string): HttpRequest {
    const asked = this.ask(this.operation(kind, id));
    claim(!('refused' in asked), `a ${kind} must be worded, but was refused as ${'refused' in asked && asked.refused}`);
    return asked;
  }

  /** Has an answer heard; `body` is sent as JSON unless it is text. */
  hear(kind: Operation['kind'], status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Heard {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response: HttpResponse = { status, url: '', text, header: (name) => headers[name] ?? null };
    try {
      return this.provider.hear(this.operation(kind), response);
    } catch (error) {
      throw new Error(`hear must never throw, but threw ${shown(error)} at HTTP ${status} ${shown(text)} to a ${kind}`);
    }
  }

  /** The snapshot that a good answer with this word is. */
  snapshot(word: string, facts: ToldFacts = {}): Snapshot {
    const body = this.told(word, facts);
    const heard = this.hear('read', 200, body);
    claim(heard.kind === 'snapshot', `${shown(body)} must be a snapshot, but was heard as ${shown(heard)}`);
    return heard.snapshot;
  }

  /** The body of a good answer about the task of this subject. */
  told(word: string, facts: ToldFacts = {}, id = this.id): unknown {
    return this.manifest.speaks.task(id, word, facts);
  }

  /** The API's own word for one of `statuses`. */
  word(...statuses: readonly Status[]): string {
    const found = Object.entries(this.manifest.speaks.words).find(([, status]) => statuses.includes(status));
    claim(found !== undefined, `speaks.words must have a word for ${statuses.join(' or ')}`);
    return found[0];
  }

  get liveWord(): string {
    return this.word('in_progress', 'queued');
  }

  get failedWord(): string {
    return this.word('failed', 'error');
  }

  /** Claims that `heard` is this problem. */
  mustBeProblem(heard: Heard, code: string, retryable: boolean, answer: string): void {
    claim(
      heard.kind === 'problem' && heard.code === code && heard.retryable === retryable,
      `${answer} must be ${code}, retryable ${retryable}, but was heard as ${shown(heard)}`,
    );
  }
}
