import { access, glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** Checks that documents name only files that exist, and that no file refers to a document outside the repository. */
const root = join(import.meta.dirname, '..');

/** Names of documents that were once kept outside the repository. Their content is in docs/design. */
const OUTSIDE = new RegExp(
  `\\b(?:${['DESIGN', 'SPEC', 'SECURITY', 'STYLE', 'PROSE', 'HOUSE'].join('|')})[.]md`,
);

async function filesLike(pattern: string): Promise<string[]> {
  const files: string[] = [];
  const exclude = (path: string): boolean => /(?:^|\/)(?:node_modules|dist|coverage|out)$/.test(path);
  for await (const file of glob(pattern, { cwd: root, exclude })) files.push(file);
  return files.sort();
}

/** Returns the links of a page to files, as paths from the root with their anchors. */
function linksOf(file: string, text: string): { path: string; anchor: string | undefined }[] {
  const targets = [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#');
      return { path: path === '' ? file : join(dirname(file), path), anchor };
    });
}

/** Returns the anchors of a page's headings, as common Git hosts generate them. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/**
 * Returns paths from the root that a page names as inline code, without output files, which a fresh clone does not
 * have.
 */
function namedPaths(text: string): string[] {
  const names = [...text.matchAll(/`((?:packages|services|tools|docs|e2e)\/[\w./-]+)`/g)];
  return names.map(([, path = '']) => path).filter((path) => !path.includes('/out/'));
}

async function isThere(path: string): Promise<boolean> {
  return access(join(root, path)).then(
    () => true,
    () => false,
  );
}

async function brokenLinks(file: string): Promise<string[]> {
  const links = linksOf(file, await readFile(join(root, file), 'utf8'));
  const checks = links.map(async ({ path, anchor }) => {
    if (!(await isThere(path))) return [`${path} does not exist`];
    if (anchor === undefined) return [];
    const anchors = anchorsOf(await readFile(join(root, path), 'utf8'));
    return anchors.includes(anchor) ? [] : [`${path} has no heading #${anchor}`];
  });
  return (await Promise.all(checks)).flat();
}

const pages = await filesLike('**/*.md');

describe('documents', () => {
  it('exist', () => {
    expect(pages.length).toBeGreaterThan(30);
  });

  it.each(pages)('%s links to files and headings that exist', async (file) => {
    expect(await brokenLinks(file)).toEqual([]);
  });
});

describe('the guides for contributors', () => {
  it.each(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'])('%s names paths that exist', async (file) => {
    const paths = namedPaths(await readFile(join(root, file), 'utf8'));
    const checks = await Promise.all(paths.map(async (path) => ({ path, exists: await isThere(path) })));
    expect(checks.filter(({ exists }) => !exists)).toEqual([]);
  });
});

describe('the repository', () => {
  it('refers to no document outside it', async () => {
    const files = await filesLike('**/*.{ts,mts,mjs,js,json,md,yml,avsc,go,py}');
    const pointing: string[] = [];
    for (const file of files) {
      if (OUTSIDE.test(await readFile(join(root, file), 'utf8'))) pointing.push(file);
    }
    expect(pointing).toEqual([]);
  });
});
