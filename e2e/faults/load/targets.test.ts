import { expect, it } from '@jest/globals';
import { createRandom } from '../seeded-random.ts';
import { createTargets } from './targets.ts';

it('spreads requests over accounts evenly and over behaviours by their shares', () => {
  const mix = { fast: 75, slow: 25 };
  const targets = createTargets({ accounts: 4, mix, address: '127.0.0.1:9', maxRetries: 5 });
  expect(targets.definitions).toHaveLength(8);

  const random = createRandom(1);
  const drawn = Array.from({ length: 8_000 }, () => targets.draw(random));
  const slow = drawn.filter(({ url }) => url.startsWith('http://127.0.0.1:9/slow/'));
  expect(Math.abs(slow.length - 2_000)).toBeLessThan(200);
  for (const accountId of targets.accountIds) {
    const those = drawn.filter((definition) => definition.accountId === accountId);
    expect(Math.abs(those.length - 2_000)).toBeLessThan(200);
    expect(those[0]?.url).toContain(`/${accountId}/`);
  }
});
