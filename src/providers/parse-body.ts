/** What the text of an answer is, before anybody asks what it says. */
export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  /** Nothing; a page (HTML or XML) of something that stands before the API; text of no known form; JSON beyond the limits. */
  | { readonly kind: 'empty' | 'page' | 'garbled' | 'too-complex' };

/** How deep JSON may be nested and how many values it may hold, so that whatever walks it later cannot be made to fail. */
export const bodyLimits = /* @__PURE__ */ Object.freeze({ depth: 64, nodes: 20_000 });

/** The longest text that is kept of a `data:` address: a video in it would live as long as the snapshot. */
const MAX_DATA_ADDRESS = 2_000;

/**
 * Parse the text of an answer, within {@link bodyLimits}. Own keys named `__proto__`, `constructor` or `prototype` are
 * dropped, and the content of long `data:` addresses is.
 *
 * @example
 * ```ts
 * parseBody('{"status":"queued"}'); // { kind: 'json', value: { status: 'queued' } }
 * parseBody('<html>502</html>'); // { kind: 'page' }
 * ```
 */
export function parseBody(text: string): Body {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const start = text.trimStart()[0];
    return { kind: start === undefined ? 'empty' : start === '<' ? 'page' : 'garbled' };
  }
  return isBounded(value, tamedChild) ? { kind: 'json', value } : { kind: 'too-complex' };
}

/** An object or array of parsed JSON. */
export type Container = Record<string, unknown>;

/** Whether an own key of that name would be taken for the way to a prototype. */
export function reachesPrototype(key: string): boolean {
  return key === '__proto__' || key === 'constructor' || key === 'prototype';
}

/**
 * Whether parsed JSON is within {@link bodyLimits}. It is walked level by level, since 400,000 nested arrays parse well
 * and then overflow the stack of whatever recurses.
 *
 * @param childOf - Asked for each value; the walk goes on into what it gives.
 */
export function isBounded(root: unknown, childOf: (container: Container, key: string) => unknown): boolean {
  let nodes = 0;
  let level = isContainer(root) ? [root] : [];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > bodyLimits.depth) return false;
    const next: Container[] = [];
    for (const container of level) {
      if (Array.isArray(container) && container.length > bodyLimits.nodes) return false;
      const keys = Object.keys(container);
      nodes += keys.length;
      if (nodes > bodyLimits.nodes) return false;
      for (const key of keys) {
        const child = childOf(container, key);
        if (isContainer(child)) next.push(child);
      }
    }
    level = next;
  }
  return true;
}

function tamedChild(container: Container, key: string): unknown {
  if (reachesPrototype(key)) {
    delete container[key];
    return undefined;
  }
  const child = container[key];
  if (typeof child === 'string' && child.length > MAX_DATA_ADDRESS && /^\s*data:/i.test(child.slice(0, 32))) {
    container[key] = 'data:';
  }
  return child;
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}
