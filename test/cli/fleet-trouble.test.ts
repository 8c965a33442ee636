import { describe, expect, it } from 'vitest';
import { reportFleetError } from '../../src/cli/fleet/trouble.js';
import { RushesError } from '../../src/errors.js';
import { type Finding, fleetConfig } from '../../src/fleet/streams/difference.js';

describe('a fleet that is not as it has to be', () => {
  const finding = (of: string, setting: string, found: unknown, needed: unknown): Finding => ({
    part: 'consumer',
    mending: 'replace',
    difference: { of, setting, found, needed },
  });
  const told = (error: unknown, command = 'fleet worker') => {
    const said: string[] = [];
    const code = reportFleetError(error, { say: (line) => void said.push(line) }, command);
    return { code, lines: said.join('\n').split('\n') };
  };
  const title = 'rushes: this is not the fleet that is there:';

  it('is told in a line for each difference, and one for what to do, whatever is in their words', () => {
    const found = [
      finding('consumer a; b', 'filter_subject', 'x; y', 'z'),
      finding('consumer c', 'presence', 'present\n', 'absent'),
      finding('consumer d\n\x1b[2J', 'max_age', 1_000, Number.POSITIVE_INFINITY),
    ];
    expect(told(fleetConfig(found, 'wait; then try again'))).toEqual({
      code: 1,
      lines: [
        title,
        '  consumer a; b: filter_subject is x; y, this worker needs z',
        '  consumer c is in the way',
        '  consumer d [2J: max_age is 1000 ms, this worker needs for ever',
        'wait; then try again',
      ],
    });
  });

  it('is called what was not changed, by who wanted to change it', () => {
    const error = fleetConfig([finding('fleet', 'shards', 1, 16)], 'stop all workers');
    expect(told(error, 'fleet upgrade').lines[0]).toBe('rushes: this is not changed:');
  });

  it('is told with what the server said to a try, and not what to do', () => {
    const refused = Object.assign(new Error('replicas > 1; not supported'), { name: 'JetStreamApiError' });
    const error = fleetConfig([finding('fleet', 'replicas', 1, 3)], 'try again', refused);
    expect(error.cause).toMatchObject({ name: 'JetStreamApiError' });
    expect(told(error).lines).toEqual([
      title,
      '  fleet: replicas is 1, this worker needs 3',
      'the server says: replicas > 1; not supported',
    ]);
  });

  it('is told whole, however much there is', () => {
    const found = Array.from({ length: 100 }, (_, i) => finding(`consumer ${i}`, 'ack_wait', 1_000, 2_000));
    const { lines } = told(fleetConfig(found, 'do something'));
    expect(lines).toHaveLength(102);
    expect(lines.at(-2)).toContain('consumer 99');
    expect(lines.at(-1)).toBe('do something');
  });

  it('is an error like others, whose message says it all', () => {
    const error = fleetConfig([finding('fleet', 'shards', 1, 16)], 'do something');
    expect(error.message).toBe('fleet: shards is 1, this worker needs 16; do something');
    expect(error.differences).toEqual([{ of: 'fleet', setting: 'shards', found: 1, needed: 16 }]);
    expect(Object.keys(error)).toEqual(Object.keys(new RushesError('FLEET_CONFIG', '')));
    const bare = new RushesError('FLEET_CONFIG', 'of an older copy; that has no list');
    expect(told(bare)).toEqual({ code: 1, lines: ['rushes: of an older copy; that has no list'] });
  });
});
