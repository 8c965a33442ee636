import { expect, test } from 'vitest';
import { unwrapEnvelope } from '../../src/providers/unwrap-envelope.js';

const deep = { data: { data: { data: { data: { status: 'queued' } } } } };

test.each([
  [
    'a task is its own layer',
    { status: 'queued', data: { status: 'failed' } },
    [{ status: 'queued', data: { status: 'failed' } }],
  ],
  [
    'a status of null is one',
    { status: null, data: { status: 'failed' } },
    [{ status: null, data: { status: 'failed' } }],
  ],
  [
    'an envelope is left',
    { code: 'success', data: { status: 'SUCCESS' } },
    [{ status: 'SUCCESS' }, { code: 'success', data: { status: 'SUCCESS' } }],
  ],
  ['data of null holds nothing', { code: 'success', data: null }, [{ code: 'success', data: null }]],
  ['a list is no task', { data: [{ status: 'queued' }] }, [{ data: [{ status: 'queued' }] }]],
  ['three layers are left, not four', deep, [deep.data.data.data, deep.data.data, deep.data, deep]],
])('%s', (_name, body, layers) => {
  expect(unwrapEnvelope(body)).toEqual(layers);
});
