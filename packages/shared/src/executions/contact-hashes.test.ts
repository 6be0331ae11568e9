import { createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { ContactHashes } from './contact-hashes.ts';

const SECRET = Buffer.alloc(32, 'secret');
const hashes = new ContactHashes(SECRET);

test('a contact always has the same hash, of 16 bytes', () => {
  const again = new ContactHashes(Buffer.from(SECRET));
  expect(hashes.ofId('account_1', 'contact_1')).toEqual(again.ofId('account_1', 'contact_1'));
  expect(hashes.ofId('account_1', 'contact_1')).toHaveLength(16);
});

test('the hash of a contact depends on the account, the key, the kind (id or email), and the case of an id', () => {
  const other = new ContactHashes(Buffer.alloc(32, 'other'));
  const all = [
    hashes.ofId('account_1', 'a'),
    hashes.ofId('account_2', 'a'),
    hashes.ofId('account_1', 'A'),
    other.ofId('account_1', 'a'),
    hashes.ofEmail('account_1', 'a'),
  ].map((hash) => hash.toString('hex'));
  expect(new Set(all).size).toBe(all.length);
});

test('an email has the same hash whatever its case and surrounding white space', () => {
  expect(hashes.ofEmail('account_1', ' Jo@Example.COM\t')).toEqual(
    hashes.ofEmail('account_1', 'jo@example.com'),
  );
});

test('contacts are not hashed with the key of the deployment itself', () => {
  const underSecret = createHmac('sha256', SECRET).update('id\0a').digest().subarray(0, 16);
  expect(hashes.ofId('account_1', 'a')).not.toEqual(underSecret);
});
