import { type BrokenProvider, hearing, overComet, reading } from './providers-breaking.js';

/** Providers that hostile answers break. */
export const brokenByHostility: readonly BrokenProvider[] = [
  {
    foundBy: 'whatever answers a read is a sound snapshot or a problem',
    how: 'throws at what is no JSON',
    options: overComet((own) => ({
      hear(operation, response) {
        if (operation.kind === 'read') JSON.parse(response.text);
        return own.hear(operation, response);
      },
    })),
  },
  {
    foundBy: 'whatever answers a read is a sound snapshot or a problem',
    how: 'passes progress on as it is',
    options: reading((snapshot, { progress }) => (typeof progress === 'number' ? { ...snapshot, progress } : snapshot)),
  },
  {
    foundBy: 'whatever answers a create is a sound snapshot or a problem',
    how: 'keeps a body that overflows whoever says it again',
    options: overComet((own) => ({
      hear(operation, response) {
        const heard = own.hear(operation, response);
        if (operation.kind !== 'create' || heard.kind !== 'problem' || !response.text.startsWith('{"id"')) return heard;
        const snapshot = { task: { provider: 'cometapi', id: 'a' }, status: 'queued', providerStatus: '' } as const;
        return { kind: 'snapshot', snapshot: Object.freeze(snapshot), body: jsonOf(response.text) };
      },
    })),
  },
  {
    foundBy: 'whatever answers a cancel or content request is done or a problem',
    how: 'throws at an error that is no object',
    options: hearing((heard, { text }, { kind }) => {
      if (kind === 'content' && text === '{"error":"no"}') throw new TypeError('cannot read message of a string');
      return heard;
    }),
  },
  {
    foundBy: 'a problem is told without secrets',
    how: 'quotes answers as they are',
    options: hearing((heard, { text }) =>
      heard.kind === 'problem' ? { ...heard, message: text.slice(0, 500) || 'none' } : heard,
    ),
  },
  {
    foundBy: 'a failure is told without secrets',
    how: 'quotes reasons as they are',
    options: reading((snapshot, { error }) => ('error' in snapshot && error ? { ...snapshot, error } : snapshot)),
  },
];

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
