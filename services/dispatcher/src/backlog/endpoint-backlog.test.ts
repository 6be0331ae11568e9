import { expect, test } from '@jest/globals';
import { EndpointBacklog } from './endpoint-backlog.ts';

const START = 1_800_000_000_000;

const backlog = (): EndpointBacklog => new EndpointBacklog({ accountId: 'a', endpoint: 'e' }, 10);

/**
 * Returns the pace after a minute in which `perSecond` records finish each second and the pace is measured every
 * `everyMs`.
 */
function measured(perSecond: number, everyMs: number): number {
  const endpoint = backlog();
  for (let at = 0; at <= 60_000; at += everyMs) {
    for (let i = 0; i < (perSecond * everyMs) / 1_000; i++) endpoint.noteClosed();
    endpoint.measurePace(START + at);
  }
  return endpoint.pacePerMs * 1_000;
}

test('an endpoint is assumed to be fast until its pace is measured', () => {
  expect(backlog().pacePerMs).toBe(1);
  expect(measured(20, 250)).toBeCloseTo(20, 0);
  expect(measured(4_000, 250)).toBeCloseTo(4_000, -2);
});

test('no endpoint is assumed to be slower than one record in ten seconds', () => {
  const endpoint = backlog();
  for (let at = 0; at < 600_000; at += 250) endpoint.measurePace(START + at);
  expect(endpoint.pacePerMs).toBe(1 / 10_000);
});

test('late measurements, caused by a delay in this process, do not count against the endpoint', () => {
  expect(measured(20, 3_000)).toBe(1_000);
});

test('the pace is not measured while nothing is parked', () => {
  const endpoint = backlog();
  endpoint.measurePace(START);
  endpoint.pauseMeasuring();
  endpoint.measurePace(START + 400);
  expect(endpoint.pacePerMs).toBe(1);
});

test('records are planned one after another at the pace of their endpoint, at most five minutes ahead', () => {
  const endpoint = backlog();
  expect([endpoint.planNext(START), endpoint.planNext(START)]).toEqual([START + 1, START + 2]);
  for (let i = 0; i < 1_000_000; i++) endpoint.planNext(START);
  expect(endpoint.planNext(START)).toBe(START + 300_000);
});
