import { describe, expect, test } from '@jest/globals';
import { endpointRows, isInTrouble, isShown, readEndpointSearch } from './endpoint-rows.ts';

type Pages = Parameters<typeof endpointRows>[0];

function endpoint(
  name: string,
  changes: Partial<Pages[number]['data'][number]> = {},
): Pages[number]['data'][number] {
  return {
    endpoint: name,
    paused: false,
    breaker_state: 'closed',
    opened_at: null,
    next_probe_at: null,
    consecutive_failures: 0,
    in_flight: 0,
    waiting: 0,
    rate_limited_until: null,
    updated_at: '2026-01-10T00:00:00.000Z',
    ...changes,
  };
}

const pause = (name: string, by: 'account' | 'operator'): Pages[number]['paused'][number] => ({
  endpoint: name,
  paused: true,
  paused_by_account: by === 'account',
  paused_by_operator: by === 'operator',
});

describe('rows of endpoints', () => {
  test('show who paused an endpoint; endpoints that were paused before their first call are listed last', () => {
    const paused = [pause('https://b', 'operator'), pause('https://new', 'account')];
    const rows = endpointRows([
      { data: [endpoint('https://a')], paused, next_cursor: 'second' },
      { data: [endpoint('https://b', { paused: true })], paused, next_cursor: null },
    ]);
    expect(
      rows.map((row) => [row.endpoint, row.paused_by_account, row.paused_by_operator, row.updated_at]),
    ).toEqual([
      ['https://a', false, false, '2026-01-10T00:00:00.000Z'],
      ['https://b', false, true, '2026-01-10T00:00:00.000Z'],
      ['https://new', true, false, null],
    ]);
  });

  test('show no numbers of a paused endpoint until its page is loaded', () => {
    const paused = [pause('https://b', 'account')];
    const first = { data: [endpoint('https://a')], paused, next_cursor: 'second' };
    const second = { data: [endpoint('https://b', { paused: true, waiting: 3 })], paused, next_cursor: null };
    const [, unknown] = endpointRows([first]);
    expect(unknown).toMatchObject({ endpoint: 'https://b', paused_by_account: true, waiting: null });
    expect(unknown && isInTrouble(unknown)).toBe(true);
    expect(unknown && isShown(unknown, { state: 'waiting' })).toBe(false);
    expect(endpointRows([first, second])[1]).toMatchObject({ endpoint: 'https://b', waiting: 3 });
    expect(endpointRows([{ ...first, next_cursor: null }])[1]).toMatchObject({
      waiting: 0,
      updated_at: null,
    });
  });

  test('are in trouble if the circuit is not closed or a rate limit applies; are filtered by state and name', () => {
    const [calm, open, limited, busy] = endpointRows([
      {
        data: [
          endpoint('calm'),
          endpoint('open', { breaker_state: 'half_open' }),
          endpoint('limited', { rate_limited_until: '2026-01-10T00:00:05.000Z' }),
          endpoint('busy', { waiting: 7 }),
        ],
        paused: [],
        next_cursor: null,
      },
    ]);
    expect([calm, open, limited, busy].map((row) => row && isInTrouble(row))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(busy && isShown(busy, { state: 'waiting' })).toBe(true);
    expect(calm && isShown(calm, { state: 'waiting' })).toBe(false);
    expect(calm && isShown(calm, { name: 'CAL' })).toBe(true);
    expect(calm && isShown(calm, { name: 'other' })).toBe(false);
  });
});

test('the filter is read from the address', () => {
  expect(readEndpointSearch({ name: 'api', state: 'open', other: 1 })).toEqual({
    name: 'api',
    state: 'open',
  });
  expect(readEndpointSearch({ name: 7, state: 'closed' })).toEqual({ name: '7' });
});
