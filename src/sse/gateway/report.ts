import { messageOf } from '../../errors.js';

/** Where what goes wrong on the server's side is told, since no viewer may learn of it. */
export type OnError = (error: unknown, request: Request | undefined) => void;

/** Tells `onError`, and the console when that fails too. */
export function reporting(onError: OnError = toConsole): OnError {
  return (error, request) => {
    try {
      onError(error, request);
    } catch (failure) {
      toConsole(error, request);
      toConsole(failure, request);
    }
  };
}

/** One line without a secret: the path of an address is shown, its query is not. */
function toConsole(error: unknown, request: Request | undefined): void {
  const where = request ? ` (${request.method} ${messageOf(new URL(request.url).pathname)})` : '';
  console.error(`rushes gateway${where}: ${messageOf(error)}`);
}
