/** Fails a check with a sentence unless something holds. */
export function claim(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Error(sentence);
}

/** A value as it may stand in such a sentence. */
export function shown(value: unknown): string {
  const text = value instanceof Error ? `${value.name}: ${value.message}` : (safeJson(value) ?? String(value));
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

function safeJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return 'something that JSON cannot say';
  }
}
