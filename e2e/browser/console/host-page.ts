import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const GUIDE = join(import.meta.dirname, '../../../docs/guides/embed-the-portal.md');
const HOOKLINE = 'https://hooks.example.com';

/** A product that embeds the portal with the code of the guide. */
export interface HostPage extends AsyncDisposable {
  /** Origin of its page, at which Hookline is configured to allow the portal. */
  origin: string;
  /** Another origin of the same page, at which Hookline does not allow the portal. */
  foreignOrigin: string;
  /** Tokens that its page has requested. */
  tokens: readonly string[];
  /** Sets the Hookline URL, and the API key and user for tokens created from now on. */
  use(hookline: { url: string; apiKey: string; user: string }): void;
}

/** Returns the code of a block of the guide, such as `js page`. */
async function snippet(language: string): Promise<string> {
  const text = await readFile(GUIDE, 'utf8');
  const [, code] = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\\n *\`\`\``).exec(text) ?? [];
  if (code === undefined) throw new Error(`the guide has no block "${language}"`);
  return code;
}

export async function startHostPage(): Promise<HostPage> {
  const folder = await mkdtemp(join(tmpdir(), 'hookline-host-'));
  const file = join(folder, 'server.mjs');
  await writeFile(file, await snippet('js server'));
  const { portalToken } = (await import(pathToFileURL(file).href)) as {
    portalToken: (userId: string) => Promise<{ token: string }>;
  };
  const [html, script] = [await snippet('html page'), await snippet('js page')];
  const tokens: string[] = [];
  let used = { url: '', apiKey: '', user: '' };
  const answer = async ({ url }: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (url === '/hookline-token') {
      const made = await portalToken(used.user);
      tokens.push(made.token);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(made));
    } else if (url === '/portal.js') {
      response.setHeader('content-type', 'text/javascript');
      response.end(script.replaceAll(HOOKLINE, used.url));
    } else {
      const frame =
        '<style>:root { color-scheme: light dark } iframe { width: 100%; height: 90vh; border: 0 }</style>';
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(`<!doctype html><html lang="en"><title>Product</title>${frame}<h1>Product</h1>${html}`);
    }
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    foreignOrigin: `http://localhost:${port}`,
    tokens,
    use: (next) => {
      used = next;
      process.env['HOOKLINE_URL'] = next.url;
      process.env['HOOKLINE_API_KEY'] = next.apiKey;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}
