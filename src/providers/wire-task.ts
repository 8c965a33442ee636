import * as z from 'zod/mini';
import type { Facts } from './facts.js';

const idOnWire = /* @__PURE__ */ z.nullish(
  /* @__PURE__ */ z.union([/* @__PURE__ */ z.string(), /* @__PURE__ */ z.number()]),
);

/**
 * What a task must look like on the wire, in every dialect: strict on what a watch stands on, tolerant of everything
 * else. A number as id is a gateway's row, not a task's name.
 */
const wireTask = /* @__PURE__ */ z.object({
  id: idOnWire,
  task_id: idOnWire,
  status: /* @__PURE__ */ z.nullish(/* @__PURE__ */ z.string()),
});

/** Whether `facts` has the form of a task, or of an envelope around one. */
export function isWireTask(facts: Facts): boolean {
  return z.safeParse(wireTask, facts).success;
}

/** The names that `facts` gives its task, the dialect's own first. */
export function wireIds(facts: Facts): string[] {
  return [facts['id'], facts['task_id']].filter((id) => typeof id === 'string' && id !== '') as string[];
}
