import { rmSync } from 'node:fs';
import sqlite from 'node-sqlite3-wasm';
import { isTerminal, type TaskEvent, type TaskRef } from 'rushes';

/** The tasks of a program, in a file. */
export interface TaskTable {
  /** Puts in a task that is to be watched; one that is there already stays as it is. */
  add(task: TaskRef): void;
  /** The tasks that have not ended, read a page at a time while somebody asks for more. */
  unfinished(): Iterable<TaskRef>;
  /** Notes what is new of a task, in one transaction; says nothing of a task that has ended. */
  write(event: TaskEvent): void;
  close(): void;
}

const PAGE = 100;

const schema = `
  CREATE TABLE IF NOT EXISTS tasks (
    provider  TEXT NOT NULL,
    id        TEXT NOT NULL,
    status    TEXT NOT NULL DEFAULT 'unknown',
    has_ended INTEGER NOT NULL DEFAULT 0,
    snapshot  TEXT,
    lost      TEXT,
    PRIMARY KEY (provider, id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS unfinished ON tasks (provider, id) WHERE NOT has_ended;
  CREATE TABLE IF NOT EXISTS news (
    nth      INTEGER PRIMARY KEY,
    provider TEXT NOT NULL,
    id       TEXT NOT NULL,
    status   TEXT NOT NULL
  );
`;

const advance = `
  INSERT INTO tasks (provider, id, status, has_ended, snapshot) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (provider, id) DO UPDATE
  SET status = excluded.status, has_ended = excluded.has_ended, snapshot = excluded.snapshot, lost = NULL
  WHERE NOT tasks.has_ended
`;

/** Opens the table, and makes it when it is not there. One process at a time: the file stays locked until `close`. */
export function openTable(file: string): TaskTable {
  // This SQLite locks by a folder, which outlives a process that was killed. Whoever starts this program starts it once.
  rmSync(`${file}.lock`, { recursive: true, force: true });
  const db = new sqlite.Database(file);
  // Its other kind of journal does not undo a transaction in the middle of which a process was killed.
  db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL');
  db.exec(schema);

  const inTransaction = (work: () => void) => {
    db.exec('BEGIN IMMEDIATE');
    try {
      work();
      db.exec('COMMIT');
    } catch (error) {
      if (db.inTransaction) db.exec('ROLLBACK');
      throw error;
    }
  };

  return {
    add: ({ provider, id }) => {
      db.run('INSERT INTO tasks (provider, id) VALUES (?, ?) ON CONFLICT DO NOTHING', [provider, id]);
    },

    *unfinished() {
      let last = { provider: '', id: '' };
      for (;;) {
        const page = db.all(
          `SELECT provider, id FROM tasks WHERE NOT has_ended AND (provider, id) > (?, ?) ORDER BY provider, id LIMIT ${PAGE}`,
          [last.provider, last.id],
        ) as unknown as TaskRef[];
        yield* page;
        if (page.length < PAGE) return;
        last = page[PAGE - 1] ?? last;
      }
    },

    write: (event) =>
      inTransaction(() => {
        const { provider, id } = event.task;
        if (event.kind === 'lost') {
          db.run('UPDATE tasks SET lost = ? WHERE provider = ? AND id = ? AND NOT has_ended', [
            event.error.code,
            provider,
            id,
          ]);
          return;
        }
        const { snapshot } = event;
        const { status } = snapshot;
        const { changes } = db.run(advance, [provider, id, status, isTerminal(snapshot), JSON.stringify(snapshot)]);
        if (changes > 0) db.run('INSERT INTO news (provider, id, status) VALUES (?, ?, ?)', [provider, id, status]);
      }),

    close: () => db.close(),
  };
}
