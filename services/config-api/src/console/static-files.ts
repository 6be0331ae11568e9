import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { ProblemError } from '../http/problem-error.ts';

/** Nothing from another origin, nothing inline, in no frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves the build of the console: assets, whose names change with their content, and one page for all other paths. */
export async function serveConsole(app: FastifyInstance, { dir }: { dir: string }): Promise<void> {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('content-security-policy', POLICY);
    done();
  });
  const page = join(dir, 'index.html');
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
  const answer = async (): Promise<Buffer> => {
    if (existsSync(page)) return readFile(page);
    throw new ProblemError(404, 'not_found', 'The console is not part of this build; run: npm run build');
  };
  for (const path of ['/', '/*']) {
    app.get(path, { schema: { hide: true } }, async (_request, reply) => {
      const html = await answer();
      return reply
        .header('content-type', 'text/html; charset=utf-8')
        .header('cache-control', 'no-store')
        .send(html);
    });
  }
}
