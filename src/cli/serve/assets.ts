import { readFile } from 'node:fs/promises';

/** A file of the page. */
export interface Asset {
  readonly type: string;
  readonly bytes: Buffer<ArrayBuffer>;
}

/** All that is served as a file, by its path; no path of a request is ever made into one of a file. */
const table: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/sheet.js': ['sheet.js', 'text/javascript; charset=utf-8'],
  '/sheet.css': ['sheet.css', 'text/css; charset=utf-8'],
  '/perforation.svg': ['perforation.svg', 'image/svg+xml'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
};

/** Where the page is: beside the bundle, or where it is built when the sources are run as they are. */
const places = ['./sheet/', '../../../dist/sheet/'].map((place) => new URL(place, import.meta.url));

/**
 * Reads the files of the page from the first of `folders` that has them.
 *
 * @throws Error where they have not been built.
 */
export async function readAssets(folders: readonly URL[] = places): Promise<ReadonlyMap<string, Asset>> {
  for (const folder of folders) {
    const read = Object.entries(table).map(
      async ([path, [file, type]]) => [path, { type, bytes: await readFile(new URL(file, folder)) }] as const,
    );
    const files = await Promise.all(read).catch(() => undefined);
    if (files) return new Map(files as [string, Asset][]);
  }
  throw new Error('the page of the board is not there: build it with npm run build');
}
