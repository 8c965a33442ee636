import { createHash } from 'node:crypto';
import type { LedgerRecord } from '../ledger-record.js';

/** A record as it is appended: behind a line break, so that it stands apart from a torn one before it. */
export function toLine(record: LedgerRecord): string {
  const facts = JSON.stringify(record).slice(0, -1);
  return `\n${facts},"sum":"${sumOf(facts)}"}`;
}

/** What a line says; `undefined` when it is not, byte for byte, what was written. */
export function readLine(line: string): unknown {
  const { facts, sum } = /^(?<facts>\{.*),"sum":"(?<sum>[0-9a-f]{16})"\}$/s.exec(line)?.groups ?? {};
  return facts !== undefined && sumOf(facts) === sum ? JSON.parse(`${facts}}`) : undefined;
}

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
