import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { canonicalFiles } from './canonical-schemas/canonical-files.ts';

/** `npm run canonical-schemas`: writes `v<N>.canonical.avsc` next to each published schema. */
for (const { path, form } of canonicalFiles()) {
  await writeFile(path, form);
  console.log(relative(process.cwd(), path));
}
