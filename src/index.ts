// A client, and what it stands on

export { type Budget, type BudgetOptions, budgetDefaults, createBudget } from './budget/budget.js';
export type { Lane } from './budget/lane.js';
// When to ask, and how much
export type { Cadence, Seen } from './cadence/cadence.js';
export { type JitteredOptions, jittered, jitteredDefaults } from './cadence/jittered.js';
export { noSoonerThan } from './cadence/no-sooner-than.js';
export { type PollBackoffOptions, pollBackoff, pollBackoffDefaults } from './cadence/poll-backoff.js';
export { pollBetween } from './cadence/poll-between.js';
export { pollEvery } from './cadence/poll-every.js';
export {
  type BackendClientOptions,
  type Client,
  type ClientOptions,
  clientDefaults,
  createClient,
  type WatchOptions,
} from './client.js';
export {
  type CreateCandidatesOptions,
  createCandidates,
  createCandidatesDefaults,
} from './create/create-candidates.js';
export {
  type Begun,
  type CreateEvidence,
  type CreateOutcome,
  type Ledger,
  type NewCreate,
  type OpenCreate,
  recorded,
  type Settlement,
  type TaskRecord,
  type Unfinished,
} from './create/ledger.js';
export { type OpenedVideo, type OpenVideoOptions, openVideo, openVideoDefaults } from './download/open-video.js';
// Errors
export {
  type AnyRushesError,
  type CreateTrace,
  type ErrorCode,
  type ErrorDetails,
  isLost,
  isRushesError,
  type LostError,
  RushesError,
} from './errors.js';
export { type FetchTransportOptions, fetchTransport } from './http/fetch-transport.js';
export type { OpenedResponse, SentRequest, Transport } from './http/transport.js';
export type { AddressRules } from './http/video-address.js';
// Operators, for any stream of snapshots
export { distinctSnapshots } from './operators/distinct-snapshots.js';
export { type ErrorIfStalledOptions, errorIfStalled } from './operators/error-if-stalled.js';
export { monotonicProgress } from './operators/monotonic-progress.js';
export {
  type RetryOptions,
  type RetryTransientOptions,
  retryDefaults,
  retryTransient,
  retryTransientDefaults,
} from './operators/retry-transient.js';
export { type Summary, summarize } from './operators/summarize.js';
export { takeUntilTerminal } from './operators/take-until-terminal.js';
export type { TaskEvent } from './operators/task-event.js';
export { throwIfFailed } from './operators/throw-if-failed.js';
export { type ArkOptions, ark } from './providers/ark.js';
export { type CometapiOptions, cometapi } from './providers/cometapi.js';
export type { CreateInput } from './providers/create-input.js';
export type { ProviderOptions } from './providers/dialect.js';
export { type InfinityBlueOptions, infinityBlue } from './providers/infinity-blue.js';
export type { LimitsByModel, ModelLimits } from './providers/model-limits.js';
export { type OpenaiCompatibleOptions, openaiCompatible } from './providers/openai-compatible.js';
export type {
  ApiKey,
  FormPart,
  Heard,
  HttpRequest,
  HttpResponse,
  Operation,
  PollGuidance,
  Provider,
} from './providers/provider.js';
export { advance } from './task/advance.js';

// A task and what is said about it
export { isSameTask, type TaskRef } from './task/ref.js';
export {
  type CompletedSnapshot,
  type FailedSnapshot,
  isCompleted,
  isFailure,
  isLive,
  isTerminal,
  type LiveSnapshot,
  type Snapshot,
  type TaskProblem,
  type TerminalSnapshot,
} from './task/snapshot.js';
export type { FailureStatus, LiveStatus, Status, TerminalStatus } from './task/status.js';

// For those who build their own
export type { Activity, RequestLine } from './watch/activity.js';
export type {
  Backend,
  CancelOutcome,
  ContentOptions,
  CreateOptions,
} from './watch/backend.js';
export { type PollOptions, pollDefaults, pollSource } from './watch/poll-source.js';
export type { Abortable } from './watch/result.js';
export { shareByTask } from './watch/share-by-task.js';
export type { SnapshotSource } from './watch/snapshot-source.js';
export type { TaskLike } from './watch/task-like.js';
export type { ManyTasks, WatchAllOptions } from './watch/watch-all.js';
export { watchAllDefaults } from './watch/watch-all.js';

// Deliberately absent: the parsers of each fact, the wait queue and the account, which change as providers do.
