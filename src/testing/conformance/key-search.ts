/** Whether `text` holds the key: as it is, percent-encoded, as JSON, in hex, or in base64 at any alignment. */
export function showsKey(text: string, key: string): boolean {
  const base64 = [0, 1, 2].map((alignment) => base64Core(key, alignment));
  const forms = [
    key,
    encodeURIComponent(key),
    JSON.stringify(key).slice(1, -1),
    Array.from(key, (char) => char.charCodeAt(0).toString(16)).join(''),
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
  ];
  const lower = text.toLowerCase();
  return forms.some((form) => lower.includes(form.toLowerCase()));
}

/** The characters that depend on the key alone, when it begins at byte `alignment` of three. */
function base64Core(key: string, alignment: number): string {
  const sure = Math.floor(((alignment + key.length) * 4) / 3);
  return btoa('\0'.repeat(alignment) + key).slice(alignment && alignment + 1, sure);
}

/** Every text that can be reached from `root` without calling anything: hidden and inherited properties too. */
export function everyText(root: unknown): string {
  const seen = new Set<unknown>();
  const texts: string[] = [];
  const queue: unknown[] = [root];
  while (queue.length > 0) {
    const value = queue.pop();
    if (typeof value === 'string') texts.push(value);
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) continue;
    seen.add(value);
    if (typeof value === 'function') texts.push(Function.prototype.toString.call(value));
    if (value instanceof Map || value instanceof Set) queue.push(...value);
    for (const key of keysOf(value)) {
      texts.push(String(key));
      queue.push(read(value, key));
    }
  }
  return texts.join('\n');
}

const ends: ReadonlySet<unknown> = new Set([Object.prototype, Function.prototype, Array.prototype, null]);

function keysOf(value: object): PropertyKey[] {
  const keys: PropertyKey[] = [];
  for (let owner: object = value; !ends.has(owner); owner = Reflect.getPrototypeOf(owner) ?? Object.prototype) {
    keys.push(...Reflect.ownKeys(owner).filter((key) => key !== 'constructor'));
  }
  return keys;
}

function read(value: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(value, key);
  } catch {
    return undefined;
  }
}
