/**
 * Tests that every published schema has a current canonical file, for producers in other languages.
 * `avro-interop.test.ts` compares the canonical forms with those of fastavro; the engines of `foreign-engines.test.ts`
 * read these files.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { crc64Avro } from '@hookline/shared/contracts/crc64-avro';
import { schemaFingerprint } from '@hookline/shared/contracts/event-codec';
import { canonicalFiles } from './canonical-schemas/canonical-files.ts';

const AVRO_DIR = join(import.meta.dirname, '../packages/shared/avro');

it('each published schema has a current canonical file, which npm run canonical-schemas writes', () => {
  const written = globSync('*/*.canonical.avsc', { cwd: AVRO_DIR }).map((file) => join(AVRO_DIR, file));
  const found = written.sort().map((path) => ({ path, form: readFileSync(path, 'utf8') }));
  expect(found).toEqual(canonicalFiles().toSorted((a, b) => (a.path < b.path ? -1 : 1)));
});

it('the fingerprint of a schema is computed from the bytes of its canonical file', () => {
  for (const { path, form } of canonicalFiles()) {
    const annotated = readFileSync(path.replace('.canonical', ''), 'utf8');
    expect(crc64Avro(Buffer.from(form)).toString(16).padStart(16, '0')).toBe(schemaFingerprint(annotated));
  }
});
