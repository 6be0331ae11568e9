import { STATUS_CODES } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { isProblemCode, PROBLEM_CATALOGUE, type ProblemCode, problemType } from './problem-catalogue.ts';
import { notFound } from './problem-error.ts';

const CODES = Object.keys(PROBLEM_CATALOGUE) as ProblemCode[];

/**
 * Adds the pages to which the `type` of each problem document refers. Each page describes what its problem means and
 * what to do. The pages require no API key, so that anyone who finds a problem in a log can look it up.
 */
export function problemPages(app: FastifyInstance): void {
  const schema = { hide: true };
  app.get('/problems', { schema }, (_request, reply) => sendPage(reply, indexPage()));
  app.get<{ Params: { code: string } }>('/problems/:code', { schema }, (request, reply) => {
    const { code } = request.params;
    if (!isProblemCode(code)) throw notFound('Type of problem');
    return sendPage(reply, problemPage(code));
  });
}

function sendPage(reply: FastifyReply, html: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(html);
}

function indexPage(): string {
  const rows = CODES.map((code) => {
    const { status, title } = PROBLEM_CATALOGUE[code];
    return `<tr><td>${status}</td><td><a href="${problemType(code)}">${code}</a></td><td>${escape(title)}</td></tr>`;
  });
  return page('Problems', [
    '<p>Every error response of the API is a problem document (RFC 9457) with one of these codes.</p>',
    `<table><thead><tr><th>Status</th><th>Code</th><th>Title</th></tr></thead><tbody>${rows.join('')}</tbody></table>`,
  ]);
}

function problemPage(code: ProblemCode): string {
  const { status, title, meaning, remedy, example } = PROBLEM_CATALOGUE[code];
  const document = { type: problemType(code), title, status, code, detail: example };
  return page(title, [
    `<p><code>${code}</code>, status ${status} ${STATUS_CODES[status] ?? ''}</p>`,
    `<h2>What it means</h2><p>${escape(meaning)}</p>`,
    `<h2>What to do</h2><p>${escape(remedy)}</p>`,
    `<h2>Example</h2><pre>${escape(JSON.stringify(document, null, 2))}</pre>`,
    '<p><a href="/problems">All problems</a></p>',
  ]);
}

function page(title: string, parts: readonly string[]): string {
  const head = `<meta charset="utf-8"><title>${escape(title)} - Hookline</title>`;
  return `<!doctype html><html lang="en"><head>${head}</head><body><h1>${escape(title)}</h1>${parts.join('')}</body></html>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
