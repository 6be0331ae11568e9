import { expect, it } from '@jest/globals';
import { UnaccountedAlarm } from './unaccounted-alarm.ts';

const alarm = () => new UnaccountedAlarm({ afterMs: 60_000, everyMs: 600_000 });

it('the alarm ignores executions that are accounted for again within a minute', () => {
  const one = alarm();
  expect([one.update(1, 0), one.update(2, 59_999), one.update(0, 60_000), one.update(1, 60_001)]).toEqual([
    null,
    null,
    null,
    null,
  ]);
});

it('the alarm is raised after a minute, again every ten minutes, and cleared once', () => {
  const one = alarm();
  one.update(1, 0);
  expect(one.update(1, 60_000)).toBe('raise');
  expect(one.update(5, 600_000)).toBeNull();
  expect(one.update(5, 660_000)).toBe('raise');
  expect(one.update(0, 661_000)).toBe('clear');
  expect(one.update(0, 662_000)).toBeNull();
});
