import { describe, expect, test } from '@jest/globals';
import { actionsOf, doneOf, filterOfLink, partsOf, readJobSearch, searchOfJob } from './job-search.ts';

describe('the filter of a job', () => {
  test('is read from a link to a list of executions', () => {
    const link =
      'https://hookline.example.com/console/executions?status=error&contact_id=%227%22&selected=e1&live=true';
    expect(filterOfLink(link, 'acme')).toEqual({ status: 'error', contact_id: '7' });
    expect(filterOfLink(' https://hookline.example.com/console/executions ', 'acme')).toEqual({});
  });

  test('is not read from a link that names another account', () => {
    const link = 'https://hookline.example.com/console/@acme/executions?status=error';
    expect(filterOfLink(link, 'acme')).toEqual({ status: 'error' });
    expect(filterOfLink(link, 'other')).toBeNull();
  });

  test('is not read from any other text', () => {
    for (const link of [
      '',
      'status=error',
      'https://hookline.example.com/console/jobs?status=error',
      'javascript:1',
    ])
      expect(filterOfLink(link, 'acme')).toBeNull();
  });

  test('is converted back to the filter of the list, without parts that the list has no fields for', () => {
    const filter = { status: 'error', metadata: ['a:b', 'c:d'], response_status: 503 } as const;
    expect(searchOfJob({ ...filter, metadata: [...filter.metadata] })).toEqual({ status: 'error' });
    expect(partsOf(filter)).toEqual([
      ['status', 'error'],
      ['metadata', 'a:b, c:d'],
      ['response_status', '503'],
    ]);
  });
});

describe('the progress of a job', () => {
  const planned = { count: 1_000, exact: true, sample: [] };
  const job = { state: 'running', planned, max: 100_000 } as const;

  test('is relative to the planned number until the job is complete', () => {
    const progress = { total: 300, replayed: 200, skipped: 40, failed: 10 };
    expect(doneOf({ ...job, progress })).toEqual({ done: 250, total: 1_000, share: 0.25 });
    expect(doneOf({ ...job, state: 'aborted', progress }).total).toBe(1_000);
    expect(doneOf({ ...job, max: 500, progress })).toEqual({ done: 250, total: 500, share: 0.5 });
  });

  test('is relative to the number of items found once the job is complete', () => {
    const progress = { total: 990, replayed: 980, skipped: 10, failed: 0 };
    expect(doneOf({ ...job, state: 'completed', progress })).toEqual({ done: 990, total: 990, share: 1 });
  });

  test('is 0 if there are no items', () => {
    const progress = { total: 0, replayed: 0, skipped: 0, failed: 0 };
    const empty = { ...planned, count: 0 };
    expect(doneOf({ ...job, state: 'planned', planned: empty, progress }).share).toBe(0);
    expect(doneOf({ ...job, state: 'planned', progress })).toEqual({ done: 0, total: 1_000, share: 0 });
  });
});

test('a job that has ended or is being aborted permits no action', () => {
  expect(actionsOf('planned')).toEqual(['start', 'abort']);
  expect(actionsOf('paused')).toEqual(['resume', 'abort']);
  for (const state of ['aborting', 'aborted', 'completed'] as const) expect(actionsOf(state)).toEqual([]);
});

test('the state by which items are filtered is read from the address', () => {
  expect(readJobSearch({ items: 'failed' })).toEqual({ items: 'failed' });
  expect(readJobSearch({ items: 'unknown' })).toEqual({});
});
