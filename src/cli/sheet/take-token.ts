const KEY = 'rushes-board-token';

/** What of a window a token is taken from, and kept in. */
export interface Place {
  readonly location: Pick<Location, 'hash' | 'pathname'>;
  readonly history: Pick<History, 'replaceState'>;
  readonly sessionStorage: Pick<Storage, 'getItem' | 'setItem'>;
}

/**
 * The token in the page's address, or else the one that this tab had before. It is taken out of the address, so that no
 * history, bookmark or screenshot has it. `undefined` where there is none.
 */
export function takeToken({ location, history, sessionStorage }: Place): string | undefined {
  const given = location.hash.slice(1);
  if (given !== '') {
    sessionStorage.setItem(KEY, given);
    history.replaceState(null, '', location.pathname);
  }
  return given || (sessionStorage.getItem(KEY) ?? undefined);
}
