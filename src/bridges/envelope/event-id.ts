import type { TaskEvent } from '../../operators/task-event.js';
import { fingerprint } from '../../task/fingerprint.js';
import { newsText } from '../../task/sameness.js';
import { isTerminal } from '../../task/snapshot.js';
import { encodeToken } from '../../task/token.js';

/**
 * The id of the event that tells this: the same news has the same id, whoever polled and whenever. That of a terminal
 * snapshot depends on its task alone, so that a changed address or a provider's second thoughts make no second end.
 */
export function eventId(event: TaskEvent): string {
  return `${event.task.provider}:${encodeToken(event.task.id)}:${newsId(event)}`;
}

function newsId(event: TaskEvent): string {
  if (event.kind === 'lost') return `lost:${event.error.code}`;
  const { snapshot } = event;
  if (isTerminal(snapshot)) return 'terminal';
  // Bodies hold what is new each time, such as the id of the request, and not every poller keeps them.
  const { raw: _, ...facts } = snapshot;
  return `${snapshot.status}:${fingerprint(newsText(facts))}`;
}
