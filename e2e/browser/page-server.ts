import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
};

/** The strictest policy that a page around the form may have: no inline script or style, no `eval`. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";

export interface PageServer extends AsyncDisposable {
  origin: string;
}

interface ServedFiles {
  /** Folder that is served below each path prefix: `{ '/form/': 'packages/webhook-form/dist' }`. */
  folders: Readonly<Record<string, string>>;
  /** Text of single files by path: `{ '/': '<!doctype html>…', '/page.js': '…' }`. */
  texts: Readonly<Record<string, string>>;
}

/** Serves pages with the strict policy on a free port. */
export async function servePages({ folders, texts }: ServedFiles): Promise<PageServer> {
  const read = async (path: string): Promise<string | Buffer | null> => {
    if (Object.hasOwn(texts, path)) return texts[path] ?? null;
    const [prefix, folder] = Object.entries(folders).find(([one]) => path.startsWith(one)) ?? [];
    if (prefix === undefined || folder === undefined) return null;
    return readFile(join(folder, normalize(path.slice(prefix.length - 1)))).catch(() => null);
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://page.invalid');
    void read(pathname).then((content) => {
      const type = TYPES[extname(pathname)] ?? 'text/html; charset=utf-8';
      response.writeHead(content === null ? 404 : 200, {
        'content-type': type,
        'content-security-policy': POLICY,
      });
      response.end(content ?? 'not found');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
