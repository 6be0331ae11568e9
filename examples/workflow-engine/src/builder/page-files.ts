import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { type Answer, nothingHere } from '../http/answer.ts';

const PAGE = join(import.meta.dirname, '../../builder');
const PAGE_FILES = new Set(['index.html', 'builder.css', 'builder.js', 'draw.js', 'requests.js', 'watch.js']);
/** Pattern for the file names of the form's bundles. */
const FORM_FILE = /^[\w-]+(\.[\w-]+)*\.js$/;

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
};

/** Forbids content from other origins, inline scripts and styles, `eval`, and framing by any page. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Reads a file of the builder page; an empty name selects its HTML file. */
export function pageFile(name: string): Promise<Answer> {
  const file = name === '' ? 'index.html' : name;
  return PAGE_FILES.has(file) ? readAnswer(join(PAGE, file)) : Promise.resolve(nothingHere);
}

/** Reads a bundle of the form. */
export function formFile(dir: string, name: string): Promise<Answer> {
  return FORM_FILE.test(name) ? readAnswer(join(dir, name)) : Promise.resolve(nothingHere);
}

async function readAnswer(path: string): Promise<Answer> {
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return nothingHere;
    throw error;
  }
  return {
    status: 200,
    headers: {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    },
    content,
  };
}
