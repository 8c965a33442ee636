import { styleText } from 'node:util';

/** A colour or weight, in the words of `styleText`. */
export type Look = Parameters<typeof styleText>[0];

/** Gives text a look, or leaves it as it is. */
export type Paint = (look: Look, text: string) => string;

/** What is known of the place that output goes to. */
export interface Terminal {
  /** Whether lines can be drawn over; a pipe, a log and a dumb terminal only take one line after another. */
  readonly isLive: boolean;
  /** Cells in a line; `Infinity` where lines have no end. Asked anew each time, since windows change. */
  readonly columns: number;
  readonly rows: number;
  readonly paint: Paint;
}

/** Text as it is. */
export const unpainted: Paint = (_, text) => text;

/** Text with its look, whatever the runtime thinks of the stream: that was decided here. */
export const painted: Paint = (look, text) => styleText(look, text, { validateStream: false });

interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** Looks at a stream and at what the environment asks for: `NO_COLOR`, `CI`, and a `TERM` that is dumb. */
export function terminalOf(output: Output, env: Readonly<Record<string, string | undefined>>): Terminal {
  const isScreen = output.isTTY === true && env['TERM'] !== 'dumb';
  return {
    isLive: isScreen && !env['CI'],
    paint: isScreen && !env['NO_COLOR'] ? painted : unpainted,
    // The last column stays free: some terminals break the line when something is in it.
    get columns() {
      return output.isTTY === true ? (output.columns || 80) - 1 : Number.POSITIVE_INFINITY;
    },
    get rows() {
      return output.rows || 24;
    },
  };
}
