import { describe, expect, it } from '@jest/globals';
import { consoleSite } from './console-site.ts';
import { MAX_TASK_MS, scrollLongList } from './long-list.ts';
import { seedManyExecutions } from './seed-executions.ts';
import { visitAs } from './visitor.ts';

const COUNT = 10_000_000;
const DAYS = 30;

// Runs only in `npm run test:large`, because seeding takes several minutes and 10 GB.
describe('10,000,000 executions', () => {
  it(
    'are scrolled by cursor with fewer than 200 rows in the document',
    async () => {
      const site = await consoleSite();
      const { id, key } = await site.hookline.api.account();
      await seedManyExecutions(site.hookline, id, { count: COUNT, newestAt: Date.now(), days: DAYS });
      await using visitor = await visitAs(site, { key });
      const { longestOwnTaskMs, mostRows, pages } = await scrollLongList(site, visitor, { upTo: 2_500 });
      expect(pages).toBeGreaterThanOrEqual(25);
      expect(pages).toBeLessThan(40);
      expect(mostRows).toBeLessThan(200);
      expect(longestOwnTaskMs).toBeLessThan(MAX_TASK_MS);
      expect(visitor.complaints).toEqual([]);
    },
    30 * 60_000,
  );
});
