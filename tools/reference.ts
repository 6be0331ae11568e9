import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REFERENCE_PAGES } from './reference/pages.ts';
import { withWireBytes } from './reference/wire-bytes.ts';

/** `npm run reference`: writes the pages of docs/reference, and the tables of bytes in the guide, from the code. */
const folder = join(import.meta.dirname, '../docs/reference');
for (const [name, render] of Object.entries(REFERENCE_PAGES)) {
  const path = join(folder, name);
  const before = await readFile(path, 'utf8').catch(() => '');
  const now = await render();
  await writeFile(path, now);
  console.log(`docs/reference/${name}: ${now === before ? 'unchanged' : 'written'}`);
}

const guide = join(import.meta.dirname, '../docs/guides/connect-an-engine.md');
await writeFile(guide, withWireBytes(await readFile(guide, 'utf8')));
