import { describe, expect, test } from '@jest/globals';
import {
  readEditSearch,
  readWebhookListSearch,
  readWebhookSearch,
  webhookRows,
  written,
} from './webhook-search.ts';

describe('the query of the page', () => {
  test('names the workflow', () => {
    expect(readWebhookListSearch({ workflow: 7 })).toEqual({ workflow: '7' });
    expect(readWebhookListSearch({ workflow: '' })).toEqual({});
  });

  test('names the sides of a comparison; the second side is the published version by default', () => {
    expect(readWebhookSearch({ compare: 3, with: 2 })).toEqual({ compare: 3, with: '2' });
    expect(readWebhookSearch({ compare: 3, with: 'draft' })).toEqual({ compare: 3, with: 'draft' });
    expect(readWebhookSearch({ compare: 3, with: '../..' })).toEqual({ compare: 3, with: 'published' });
    for (const compare of [0, -1, 1.5, '3', 'x']) expect(readWebhookSearch({ compare })).toEqual({});
  });
});

test('the query of a page names the webhook that is being edited, or the version that is shown', () => {
  expect(readEditSearch({ workflow: 'wf', id: 'a' })).toEqual({ workflow: 'wf', id: 'a' });
  expect(readEditSearch({ workflow: 'wf', id: 7 })).toEqual({ workflow: 'wf', id: '7' });
  expect(readWebhookSearch({ version: 2 })).toEqual({ version: 2 });
  expect(readWebhookSearch({ version: 2, compare: 1 })).toEqual({
    version: 2,
    compare: 1,
    with: 'published',
  });
  expect(readWebhookSearch({ version: '2' })).toEqual({});
});

test('webhooks with only a draft are listed first', () => {
  const webhook = (id: string) => ({
    id,
    external_id: null,
    method: 'POST',
    url: 'https://example.com',
    updated_at: '2026-01-10T00:00:00.000Z',
  });
  const published = (id: string) => ({ ...webhook(id), version: 2, enabled: true, paused: true });
  const rows = webhookRows([published('a'), published('b')], [webhook('b'), webhook('new')]);
  expect(rows.map(({ id, version, hasDraft, paused }) => [id, version, hasDraft, paused])).toEqual([
    ['new', null, true, false],
    ['a', 2, false, true],
    ['b', 2, true, true],
  ]);
});

test('values are written as readable text', () => {
  expect(written('a "b"')).toBe('a "b"');
  expect(written({ a: [1] })).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(written(null)).toBe('–');
  expect(written(false)).toBe('false');
});
