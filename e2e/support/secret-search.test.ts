import { describe, expect, it } from '@jest/globals';
import { findSecrets, kindOf, kindsWith, type Place } from './secret-search.ts';

const SECRET = `k9/"ü'+<&\\=☃ 0123456789abcdef`;
const bytes = Buffer.from(SECRET);
const inJson = JSON.stringify(SECRET).slice(1, -1);

function place(text: string | Buffer, where = 'topic webhook.attempts/0@1'): Place {
  return {
    where,
    bytes: Buffer.concat([Buffer.from('before '), Buffer.from(text as string), Buffer.from(' after')]),
  };
}

describe('findSecrets', () => {
  it.each([
    ['plain', SECRET],
    ['in lower case', SECRET.toLowerCase()],
    ['base64', bytes.toString('base64')],
    ['base64 within more', Buffer.from(`token=${SECRET}&`).toString('base64')],
    ['base64url', bytes.toString('base64url')],
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
    ['hexadecimal', bytes.toString('hex').toUpperCase()],
    ['a dump', bytes.toString('hex').replaceAll(/../g, '$& ')],
    ['UTF-16', Buffer.from(SECRET, 'utf16le')],
    ['UTF-8 read as latin1', bytes.toString('latin1')],
    ['its beginning', SECRET.slice(0, 12)],
    ['its end', encodeURIComponent(SECRET.slice(-14))],
  ])('finds one that stands there %s', (_, form) => {
    const found = findSecrets([place('nothing'), place(form)], { password: SECRET });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^password \(.+\) in topic webhook\.attempts\/0@1: "/);
  });

  it.each([
    ['as they are', (key: Buffer) => key],
    ['hexadecimal', (key: Buffer) => Buffer.from(key.toString('hex'))],
    ['base64', (key: Buffer) => Buffer.from(key.toString('base64'))],
  ])('finds bytes that are no text %s', (_, form) => {
    const key = Buffer.from('f0ff80fe11223344c3287fa0f0ff80fe', 'hex');
    expect(findSecrets([place(form(key))], { key })).toHaveLength(1);
  });

  it('finds nothing where nothing is', () => {
    expect(
      findSecrets([place('k9, [redacted] and 0123456789')], { password: SECRET, short: 'k9//8chr' }),
    ).toEqual([]);
  });
});

describe('kinds of places', () => {
  it.each([
    ['topic webhook.attempts/0@1', 'topic webhook.attempts'],
    ['table accounts', 'table accounts'],
    ['redis hookline:endpoints:1', 'redis'],
    ['metrics of dispatcher', 'metrics of dispatcher'],
    ['log', 'log'],
    ['answer 200 to GET /api/v1/webhook-executions', 'answer 200'],
  ])('%s', (where, kind) => {
    expect(kindOf(place('', where))).toBe(kind);
    expect([...kindsWith([place('marker', where), place('x', 'log')], ['marker'])]).toEqual([kind]);
  });
});
