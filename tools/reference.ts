import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderClientTypes } from './reference/client-types.ts';
import { REFERENCE_PAGES } from './reference/pages.ts';
import { withWireBytes } from './reference/wire-bytes.ts';

/**
 * `npm run reference`: writes the pages of docs/reference, the tables of bytes in docs/guides/connect-an-engine.md, and
 * the types of the client, from the code.
 */
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

await writeFile(join(import.meta.dirname, '../packages/client/src/schema.ts'), await renderClientTypes());
