import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findTests } from './traceability/find-tests.ts';
import { renderMatrix } from './traceability/render-matrix.ts';

/** `npm run traceability`: generates docs/traceability.md from the names of the tests. */
const root = join(import.meta.dirname, '..');
const page = join(root, 'docs/traceability.md');
const before = await readFile(page, 'utf8').catch(() => '');
const now = await renderMatrix(await findTests(root));
await writeFile(page, now);
console.log(`docs/traceability.md: ${now === before ? 'unchanged' : 'written'}`);
