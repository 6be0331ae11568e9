import { describe, expect, it } from '@jest/globals';
import { findSecrets, kindOf, kindsWith, type SearchedPlace } from './secret-search.ts';

const SECRET = `k9/"ü'+<&\\=☃ 0123456789abcdef`;
const bytes = Buffer.from(SECRET);
const inJson = JSON.stringify(SECRET).slice(1, -1);

function place(text: string | Buffer, where = 'topic webhook.attempts/0@1'): SearchedPlace {
  return {
    where,
    bytes: Buffer.concat([Buffer.from('before '), Buffer.from(text as string), Buffer.from(' after')]),
  };
}

describe('findSecrets', () => {
  it.each([
    ['in plain text', SECRET],
    ['in lower case', SECRET.toLowerCase()],
    ['in base64', bytes.toString('base64')],
    ['within other text in base64', Buffer.from(`token=${SECRET}&`).toString('base64')],
    ['in base64url', bytes.toString('base64url')],
    ['percent-encoded', encodeURIComponent(SECRET)],
    ['as a form', new URLSearchParams({ SECRET }).toString()],
    ['in JSON', inJson],
    ['in JSON with slashes escaped', inJson.replaceAll('/', '\\/')],
    ['in JSON within JSON', JSON.stringify(inJson).slice(1, -1)],
    [
      'in HTML',
      SECRET.replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll('"', '&quot;')
        .replaceAll("'", '&#39;'),
    ],
    ['in hexadecimal', bytes.toString('hex').toUpperCase()],
    ['in a hex dump', bytes.toString('hex').replaceAll(/../g, '$& ')],
    ['in UTF-16', Buffer.from(SECRET, 'utf16le')],
    ['as UTF-8 read as latin1', bytes.toString('latin1')],
    ['only with its beginning', SECRET.slice(0, 12)],
    ['only with its end', encodeURIComponent(SECRET.slice(-14))],
  ])('finds a secret that appears %s', (_, form) => {
    const found = findSecrets([place('nothing'), place(form)], { password: SECRET });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^password \(.+\) in topic webhook\.attempts\/0@1: "/);
  });

  it.each([
    ['in raw form', (key: Buffer) => key],
    ['in hexadecimal', (key: Buffer) => Buffer.from(key.toString('hex'))],
    ['in base64', (key: Buffer) => Buffer.from(key.toString('base64'))],
  ])('finds a binary secret %s', (_, form) => {
    const key = Buffer.from('f0ff80fe11223344c3287fa0f0ff80fe', 'hex');
    expect(findSecrets([place(form(key))], { key })).toHaveLength(1);
  });

  it('finds nothing in places without a secret', () => {
    expect(
      findSecrets([place('k9, [redacted] and 0123456789')], { password: SECRET, short: 'k9//8chr' }),
    ).toEqual([]);
  });
});

describe('kindOf and kindsWith', () => {
  it.each([
    ['topic webhook.attempts/0@1', 'topic webhook.attempts'],
    ['table accounts', 'table accounts'],
    ['redis hookline:endpoints:1', 'redis'],
    ['metrics of dispatcher', 'metrics of dispatcher'],
    ['log', 'log'],
    ['answer 200 to GET /api/v1/webhook-executions', 'answer 200'],
  ])('assign %s to the kind "%s"', (where, kind) => {
    expect(kindOf(place('', where))).toBe(kind);
    expect([...kindsWith([place('marker', where), place('x', 'log')], ['marker'])]).toEqual([kind]);
  });
});
