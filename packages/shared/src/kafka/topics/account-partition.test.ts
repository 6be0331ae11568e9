import { describe, expect, it } from '@jest/globals';
import { Partitioners } from 'kafkajs';
import { accountPartition, murmur2 } from './account-partition.ts';

const accounts = ['', 'a', 'ab', 'abc', 'abcd', 'acct_1', 'Zoë ☃', 'x'.repeat(129)];

describe('the partition of an account', () => {
  it.each(accounts)(
    '(%p) equals the partition that the default partitioner of a Kafka client chooses',
    (account) => {
      const partitionMetadata = Array.from({ length: 12 }, (_, partitionId) => ({ partitionId, leader: 0 }));
      const reference = Partitioners.DefaultPartitioner()({
        topic: 'any',
        partitionMetadata: partitionMetadata as never,
        message: { key: Buffer.from(account), value: null },
      });

      expect(accountPartition(account, 12)).toBe(reference);
    },
  );

  it('is computed with the same hash as in Java clients', () => {
    expect(murmur2(Buffer.from('21'))).toBe(-973932308);
    expect(murmur2(Buffer.from('foobar'))).toBe(-790332482);
  });
});
