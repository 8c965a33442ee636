import { describe, expect, test } from 'vitest';
import { cometapi } from '../../src/providers/cometapi.js';
import { answer, messageOf, outcomeOf, snapshotOf } from './answer.js';

const provider = cometapi({ apiKey: 'k', name: 'comet-two' });
const create = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  provider.hear({ kind: 'create', input: { model: 'm', prompt: 'p' } }, answer(status, body, headers));

const flat = { code: 'InvalidParameter', message: 'duration' };
const nested = { error: { code: '', message: 'duration' } };

describe('an answer to a create that carries an id', () => {
  test.each([
    [200, { id: 'task_1', status: 'queued' }, 'queued'],
    [201, { task_id: 'task_1', status: 'queued' }, 'queued'],
    [202, { id: 'task_1' }, 'unknown'],
    [200, { id: 'task_1', error: { message: 'm' } }, 'unknown'],
    [200, { id: 'task_1', status: 7 }, 'unknown'],
    [200, { id: 4711, task_id: 'task_1', status: 'queued' }, 'queued'],
    [200, { code: 'success', data: { id: 4711, task_id: 'task_1' } }, 'unknown'],
    [200, { id: 'task_1', data: { status: 'queued' } }, 'unknown'],
    [500, { id: 'task_1', error: { message: 'm' } }, 'unknown'],
    [504, { task_id: 'task_1' }, 'unknown'],
    [429, { id: 'task_1', ...flat }, 'unknown'],
    [400, { id: 'task_1', ...flat }, 'unknown'],
    [302, { id: 'task_1' }, 'unknown'],
    [200, { id: '..', task_id: 'task_1' }, 'unknown'],
  ])('%i %j has created it', (status, body, said) => {
    const snapshot = snapshotOf(create(status, body));
    expect(snapshot).toMatchObject({ task: { provider: 'comet-two', id: 'task_1' }, status: said });
    expect(Object.isFrozen(snapshot) && Object.isFrozen(snapshot.task)).toBe(true);
  });
});

describe('an answer to a create without an id', () => {
  test.each([
    // certain refusals
    [400, flat, 'REJECTED'],
    [400, nested, 'REJECTED'],
    [400, { code: 1301, message: 'no' }, 'REJECTED'],
    [401, nested, 'UNAUTHORIZED'],
    [403, nested, 'REJECTED'],
    [404, flat, 'REJECTED'],
    [413, flat, 'REJECTED'],
    [422, nested, 'REJECTED'],
    [429, flat, 'RATE_LIMITED again'],
    [451, flat, 'REJECTED'],
    [301, '', 'REJECTED'],
    [302, flat, 'REJECTED'],
    [303, '', 'REJECTED'],
    [307, '', 'REJECTED'],
    [308, '<html>', 'REJECTED'],
    // statuses that leave it open whoever says them
    [408, flat, 'CREATE_AMBIGUOUS'],
    [409, nested, 'CREATE_AMBIGUOUS'],
    [425, flat, 'CREATE_AMBIGUOUS'],
    [499, flat, 'CREATE_AMBIGUOUS'],
    [500, flat, 'CREATE_AMBIGUOUS'],
    [500, { error: { code: 'invalid_request', message: 'm' } }, 'CREATE_AMBIGUOUS'],
    [501, flat, 'CREATE_AMBIGUOUS'],
    [502, '<html>', 'CREATE_AMBIGUOUS'],
    [503, nested, 'CREATE_AMBIGUOUS'],
    [504, '', 'CREATE_AMBIGUOUS'],
    [524, '<html>', 'CREATE_AMBIGUOUS'],
    [600, flat, 'CREATE_AMBIGUOUS'],
    [101, '', 'CREATE_AMBIGUOUS'],
    // a 4xx of unknown origin
    [400, '<html>', 'CREATE_AMBIGUOUS'],
    [400, '', 'CREATE_AMBIGUOUS'],
    [400, 'Bad Request', 'CREATE_AMBIGUOUS'],
    [400, '{"code":"Inv', 'CREATE_AMBIGUOUS'],
    [400, {}, 'CREATE_AMBIGUOUS'],
    [400, { message: 'Forbidden' }, 'CREATE_AMBIGUOUS'],
    [400, { code: '', message: 'x' }, 'CREATE_AMBIGUOUS'],
    [400, { code: 'x', message: '' }, 'CREATE_AMBIGUOUS'],
    [400, { error: 'x' }, 'CREATE_AMBIGUOUS'],
    [401, '<html>', 'CREATE_AMBIGUOUS'],
    [422, { detail: 'x' }, 'CREATE_AMBIGUOUS'],
    [429, '', 'CREATE_AMBIGUOUS'],
    [429, '<html>', 'CREATE_AMBIGUOUS'],
    // a 2xx that says nothing of a task
    [200, '', 'CREATE_AMBIGUOUS'],
    [200, {}, 'CREATE_AMBIGUOUS'],
    [200, [], 'CREATE_AMBIGUOUS'],
    [200, '<html>', 'CREATE_AMBIGUOUS'],
    [200, '{"id":"task', 'CREATE_AMBIGUOUS'],
    [200, nested, 'CREATE_AMBIGUOUS'],
    [200, { id: '' }, 'CREATE_AMBIGUOUS'],
    [200, { id: '..' }, 'CREATE_AMBIGUOUS'],
    [200, { id: 'a\nb' }, 'CREATE_AMBIGUOUS'],
    [200, { id: 'x'.repeat(513) }, 'CREATE_AMBIGUOUS'],
    [200, { id: 4711 }, 'CREATE_AMBIGUOUS'],
    [200, { status: 'queued' }, 'CREATE_AMBIGUOUS'],
    [204, '', 'CREATE_AMBIGUOUS'],
  ])('%i %j is %s', (status, body, outcome) => {
    const heard = create(status, body);
    expect(outcomeOf(heard)).toBe(outcome);
    expect(messageOf(heard)).toContain(`(HTTP ${status})`);
  });

  test('names where a redirect points to by its origin', () => {
    expect(messageOf(create(307, '', { location: 'https://other.example/v1/videos?key=canary' }))).toBe(
      'comet-two redirects the create to https://other.example (HTTP 307)',
    );
  });

  test('tells what the vendor said', () => {
    expect(messageOf(create(400, flat))).toBe('comet-two refused the create (HTTP 400): InvalidParameter: duration');
    expect(messageOf(create(524, '<title>A timeout occurred</title>'))).toBe(
      'comet-two left open whether it created a task (HTTP 524): A timeout occurred',
    );
  });
});
