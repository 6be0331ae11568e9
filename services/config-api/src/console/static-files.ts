import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { notFound, ProblemError } from '../http/problem-error.ts';

/**
 * Builds a Content-Security-Policy that forbids inline code and content from other origins, and permits only
 * `frameAncestors` to embed the page.
 */
function policy(frameAncestors: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${frameAncestors}`,
  ].join('; ');
}

const POLICY = policy("'none'");

interface ConsoleFiles {
  dir: string;
  portalOrigins: readonly string[];
}

/**
 * Serves the build of the console: assets, whose names change with their content, and one page for all other paths.
 */
export async function serveConsole(
  app: FastifyInstance,
  { dir, portalOrigins }: ConsoleFiles,
): Promise<void> {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('content-security-policy', POLICY);
    done();
  });
  if (existsSync(join(dir, 'assets'))) {
    await app.register(fastifyStatic, {
      root: dir,
      prefix: '/',
      index: false,
      wildcard: false,
      immutable: true,
      maxAge: '365d',
      decorateReply: false,
    });
  }
  const page = createReadPage(dir);
  for (const path of ['/', '/*']) {
    app.get(path, { schema: { hide: true } }, async (_request, reply) => {
      const html = await page();
      return reply.headers(PAGE_HEADERS).send(html);
    });
  }
  for (const path of ['/portal', '/portal/*']) {
    app.get(path, { schema: { hide: true } }, async (_request, reply) => {
      if (portalOrigins.length === 0) throw notFound('Portal (HOOKLINE_PORTAL_ORIGINS is not set)');
      const html = withOrigins(await page(), portalOrigins);
      // This header cannot list origins, and browsers that support frame-ancestors ignore it.
      reply.removeHeader('x-frame-options');
      return reply
        .headers(PAGE_HEADERS)
        .header('content-security-policy', policy(portalOrigins.join(' ')))
        .send(html);
    });
  }
}

const PAGE_HEADERS = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' };

function createReadPage(dir: string): () => Promise<string> {
  const page = join(dir, 'index.html');
  return async () => {
    if (existsSync(page)) return readFile(page, 'utf8');
    throw new ProblemError(404, 'not_found', 'The console has not been built; run: npm run build');
  };
}

/**
 * Adds a tag that marks the page as the portal and lists the origins that may pass a token to it. Origins contain no
 * characters that need escaping.
 */
function withOrigins(html: string, origins: readonly string[]): string {
  return html.replace(
    '</head>',
    `<meta name="hookline-portal-origins" content="${origins.join(' ')}" /></head>`,
  );
}
