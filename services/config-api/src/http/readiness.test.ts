import { expect, it } from '@jest/globals';
import { component } from '@hookline/shared/runtime/lifecycle';
import { createReadiness } from './readiness.ts';

function check({
  isOpen = true,
  stored = null as string | null,
  kafka = null as string | null,
  answers = true,
}) {
  return createReadiness({
    watched: [component('stored keys', { problem: () => stored })],
    watchedAtStart: [component('tail', { problem: () => kafka })],
    gate: { isOpen },
    ping: () => (answers ? Promise.resolve() : Promise.reject(new Error('away'))),
  })();
}

it('a started config-api stays ready without Kafka, because configuration is still accepted', async () => {
  expect(await check({ kafka: 'consumer crashed' })).toMatchObject({ status: 200 });
});

it.each([
  ['it is starting', { isOpen: false }, 'still starting'],
  [
    'it waits for Kafka at the start',
    { isOpen: false, kafka: 'Kafka cannot be reached' },
    'cannot be reached',
  ],
  ['a component that needs the database has a problem', { stored: 'cannot be read' }, 'cannot be read'],
  ['the database does not respond', { answers: false }, 'the database does not respond'],
])('config-api is not ready while %s', async (_when, state, problem) => {
  expect(await check(state)).toMatchObject({ status: 503, body: expect.stringContaining(problem) });
});
