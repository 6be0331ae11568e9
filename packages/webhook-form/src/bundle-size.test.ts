import { readdir, readFile } from 'node:fs/promises';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from '@jest/globals';
import { build } from 'vite';

/** Maximum size of the form without its editor, with each file compressed as a server compresses it. */
const MAX_CORE_BYTES = 60_000;

it('the form without its editor is under 60 KB compressed, and no bundle evaluates text as code', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'webhook-form-'));
  await build({
    configFile: join(import.meta.dirname, '../vite.config.ts'),
    root: join(import.meta.dirname, '..'),
    logLevel: 'error',
    build: { outDir: folder.path, emptyOutDir: true },
  });
  const files = await readdir(folder.path);
  const texts = new Map<string, string>();
  for (const file of files.filter((name) => name.endsWith('.js')))
    texts.set(file, await readFile(join(folder.path, file), 'utf8'));
  const core = new Set<string>();
  const follow = (file: string): void => {
    if (core.has(file)) return;
    core.add(file);
    for (const [, imported = ''] of (texts.get(file) ?? '').matchAll(
      /(?:from|import)\s*["']\.\/([^"']+)["']/g,
    ))
      follow(imported);
  };
  follow('hookline-webhook-form.js');
  const bytes = [...core].reduce((sum, file) => sum + gzipSync(texts.get(file) ?? '').length, 0);
  expect(bytes).toBeLessThan(MAX_CORE_BYTES);
  expect([...core].some((file) => file.startsWith('payload-editor'))).toBe(false);
  for (const text of texts.values()) expect(text).not.toMatch(/\bnew Function\b|\beval\s*\(/);
});
