import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';

/**
 * Builds the files that `npm pack` puts into the tarball: one per entry of the export map, CHUNKS with the code that
 * several entries use, the types, and the Avro schemas. The workspace's own code is bundled in; packages from npm
 * remain dependencies, in the versions that were tested.
 */

const HERE = import.meta.dirname;
const SHARED = join(HERE, '../shared');
/**
 * Schemas are read from `../../avro`, relative to the file that reads them: a source file, or in the tarball one of
 * CHUNKS, which are therefore two levels below OUT_DIR.
 */
const OUT_DIR = join(HERE, 'dist');
const CHUNKS = 'internal/shared/[name].js';
const SCHEMAS_DIR = join(OUT_DIR, 'avro');

interface Manifest {
  exports: Record<string, { 'hookline-source': string; default: string }>;
}

const manifest = JSON.parse(await readFile(join(HERE, 'package.json'), 'utf8')) as Manifest;
const entries = Object.values(manifest.exports).map((entry) => {
  const name = entry.default.replace('./dist/', '').replace('.js', '');
  return [name, join(HERE, entry['hookline-source'])] as const;
});

const copySchemas: Plugin = {
  name: 'copy-schemas',
  writeBundle: () => cp(join(SHARED, 'avro'), SCHEMAS_DIR, { recursive: true }),
};

export default defineConfig({
  input: Object.fromEntries(entries),
  platform: 'node',
  // Excludes from the bundle everything that is neither a path nor a package of this workspace.
  external: (id) => !/^[./]|^@hookline\//.test(id),
  resolve: {
    conditionNames: ['hookline-source', 'import', 'node', 'default'],
    // Replaces the fault points with an empty function, as the builds of the services do: faults are only for tests.
    alias: { '@hookline/shared/runtime/fault-points': join(SHARED, 'src/runtime/no-fault-points.ts') },
  },
  plugins: [dts({ tsconfig: join(HERE, 'tsconfig.build.json') }), copySchemas],
  output: { dir: OUT_DIR, cleanDir: true, chunkFileNames: CHUNKS },
});
