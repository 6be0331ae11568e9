import { expect, test } from '@jest/globals';
import { type AccountSettings, LIMITS, settingsOf } from './settings.ts';

const before: AccountSettings = {
  account_id: 'acc_1',
  ...(Object.fromEntries(LIMITS.map((name) => [name, null])) as Pick<
    AccountSettings,
    (typeof LIMITS)[number]
  >),
  max_in_flight: 20,
  paused_endpoints: [],
  suspended: true,
  updated_at: '2026-11-29T09:00:00.000Z',
};

test('a form replaces limits and paused endpoints, and keeps other settings; an empty limit means the default', () => {
  const form = new FormData();
  form.set('rate_per_second', '50');
  form.set('max_in_flight', '');
  form.set(
    'paused_endpoints',
    ' https://a.example.com/x \n\nhttps://a.example.com/x\nhttps://b.example.com/\n',
  );
  expect(settingsOf(form, before)).toEqual({
    ...before,
    rate_per_second: 50,
    max_in_flight: null,
    paused_endpoints: ['https://a.example.com/x', 'https://b.example.com/'],
  });
});
