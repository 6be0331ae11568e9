import { describe, expect, it } from '@jest/globals';
import { compileUrl } from '@hookline/template/compile-url';
import { PAYLOAD_KINDS } from '@hookline/template/payload-kinds';
import { renderTarget } from '@hookline/template/url-template';
import { compileSample } from '../testing/sample-definition.ts';
import { prepareRequest } from '../testing/prepare-request.ts';

/**
 * The 81 examples with which the rules of merge fields were agreed; a RegExp matches the expected error. Two rules were
 * added later: JSON escapes `<`, `>`, `&`, U+2028 and U+2029, and characters beyond ASCII in a header are
 * percent-encoded (F20).
 */

const context = {
  contact: {
    email: 'a+b@x.io',
    name: `Zoë "Z" O'Neil`,
    first: 'Ann',
    id: 42,
    vip: true,
    score: 1.5,
    none: null,
    tags: ['a', 'b'],
    addr: { city: 'Åre' },
    big: 12_345_678_901_234_567_890n,
    html: '<b>&amp;</b>',
    nl: 'x\r\nBcc: y',
    slash: 'a/b?c#d',
    dots: '..',
    pctenc: '%2e%2e%2f',
    pct: '100%',
    plus: '1+1=2',
    emoji: '😀',
    lone: '\ud800',
    nul: 'a\u0000b',
    ls: 'a\u2028b',
    empty: '',
    tpl: '{{account.secret}}',
    bs: 'a\\b',
    quote: '"',
    ctl: '\u0001',
    sp: '  pad  ',
    cdata: ']]>',
    at: 'x@127.0.0.1',
    obj: { k: 'v"w' },
    neg: -0,
    exp: 1e21,
    small: 1e-7,
    semi: 'a;b,c',
    cyr: 'Привет',
    rtl: 'a\u202eb',
    url: 'http://169.254.169.254/',
  },
  account: { secret: 'never shown' },
};

const ORIGIN = 'https://hooks.example.com';

function renderUrl(template: string): string {
  const compiled = compileUrl(template);
  if (compiled.kind === 'refused') throw new Error(compiled.refusal.message);
  return renderTarget(compiled.template, context);
}

function renderHeader(template: string): string | undefined {
  const compiled = compileSample({ headers: { 'X-A': template } });
  const secrets = { authentication: null, signing: null };
  const request = prepareRequest(compiled, { context, executionId: 'e-1', attempt: 1, ...secrets });
  if (request.kind === 'refused') throw new Error(request.detail);
  return request.headers.find(({ name }) => name === 'X-A')?.value;
}

const payload =
  (kind: keyof typeof PAYLOAD_KINDS) =>
  (template: string): string =>
    PAYLOAD_KINDS[kind].compile(template).render(context, 1_000);

const render = {
  path: (template: string) => renderUrl(ORIGIN + template),
  query: (template: string) => renderUrl(`${ORIGIN}/${template}`).slice(1),
  host: renderUrl,
  header: renderHeader,
  json: payload('json'),
  form: payload('form'),
  xml: payload('xml'),
  text: payload('text'),
};

const EXAMPLES: [keyof typeof render, string, string | RegExp][] = [
  ['path', '/u/{{contact.email}}', '/u/a%2Bb%40x.io'],
  ['path', '/u/{{contact.slash}}', '/u/a%2Fb%3Fc%23d'],
  ['path', '/u/{{contact.dots}}', /dot segment/],
  ['path', '/u/{{contact.pctenc}}', '/u/%252e%252e%252f'],
  ['path', '/u/{{contact.empty}}', /empty path segment/],
  ['path', '/u/{{contact.none}}', /empty path segment/],
  ['path', '/u/{{contact.emoji}}', '/u/%F0%9F%98%80'],
  ['path', '/u/{{contact.cyr}}', '/u/%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82'],
  ['path', '/u/{{contact.nl}}', '/u/x%0D%0ABcc%3A%20y'],
  ['path', '/u/{{contact.bs}}', '/u/a%5Cb'],
  ['query', '?e={{contact.email}}&n={{contact.name}}', '?e=a%2Bb%40x.io&n=Zo%C3%AB%20%22Z%22%20O%27Neil'],
  ['query', '?q={{contact.plus}}', '?q=1%2B1%3D2'],
  ['query', '?q={{contact.pct}}', '?q=100%25'],
  ['query', '?q={{contact.semi}}', '?q=a%3Bb%2Cc'],
  ['query', '?x={{contact.none}}', '?x='],
  ['query', '?x={{contact.vip}}', '?x=true'],
  ['query', '?x={{contact.tags}}', '?x=%5B%22a%22%2C%22b%22%5D'],
  ['query', '?u={{contact.url}}', '?u=http%3A%2F%2F169.254.169.254%2F'],
  ['query', '?x={{contact.lone}}', '?x=%EF%BF%BD'],
  ['host', 'https://{{contact.at}}/', /merge fields are not allowed in the scheme, host or port/],
  ['header', 'Bearer {{contact.id}}', 'Bearer 42'],
  ['header', '{{contact.nl}}', /illegal header character/],
  ['header', '{{contact.name}}', `Zo%C3%AB "Z" O'Neil`],
  ['header', '{{contact.sp}}', 'pad'],
  ['header', '{{contact.nul}}', /illegal header character/],
  ['header', '{{contact.quote}}', '"'],
  ['json', '{"e":"{{contact.email}}"}', '{"e":"a+b@x.io"}'],
  ['json', '{"n":"{{contact.name}}"}', String.raw`{"n":"Zoë \"Z\" O'Neil"}`],
  ['json', '{"x":"{{contact.bs}}"}', String.raw`{"x":"a\\b"}`],
  ['json', '{"x":"{{contact.nl}}"}', String.raw`{"x":"x\r\nBcc: y"}`],
  ['json', '{"x":"{{contact.nul}}"}', String.raw`{"x":"a\u0000b"}`],
  ['json', '{"x":"{{contact.ls}}"}', String.raw`{"x":"a\u2028b"}`],
  ['json', '{"x":"{{contact.lone}}"}', '{"x":"\ufffd"}'],
  ['json', '{"x":"{{contact.emoji}}"}', '{"x":"😀"}'],
  ['json', '{"x":"{{contact.none}}"}', '{"x":""}'],
  ['json', '{"x":"{{contact.tags}}"}', String.raw`{"x":"[\"a\",\"b\"]"}`],
  ['json', '{"x":"{{contact.tpl}}"}', '{"x":"{{account.secret}}"}'],
  ['json', '{"{{contact.quote}}":1}', String.raw`{"\"":1}`],
  ['json', '{"x":"{{contact.html}}"}', String.raw`{"x":"\u003cb\u003e\u0026amp;\u003c/b\u003e"}`],
  ['json', '{"x":{{contact.id}}}', '{"x":42}'],
  ['json', '{"x":{{contact.vip}}}', '{"x":true}'],
  ['json', '{"x":{{contact.none}}}', '{"x":null}'],
  ['json', '{"x":{{contact.missing}}}', '{"x":null}'],
  ['json', '{"x":{{contact.tags}}}', '{"x":["a","b"]}'],
  ['json', '{"x":{{contact.obj}}}', String.raw`{"x":{"k":"v\"w"}}`],
  ['json', '{"x":{{contact.name}}}', String.raw`{"x":"Zoë \"Z\" O'Neil"}`],
  ['json', '{"x":{{contact.neg}}}', '{"x":0}'],
  ['json', '{"x":{{contact.exp}}}', '{"x":1e+21}'],
  ['form', 'a={{contact.email}}', 'a=a%2Bb%40x.io'],
  ['form', 'a={{contact.name}}', 'a=Zo%C3%AB+%22Z%22+O%27Neil'],
  ['form', 'a={{contact.semi}}', 'a=a%3Bb%2Cc'],
  ['form', 'a={{contact.nl}}', 'a=x%0D%0ABcc%3A+y'],
  ['xml', '<n>{{contact.html}}</n>', '<n>&lt;b&gt;&amp;amp;&lt;/b&gt;</n>'],
  ['xml', '<n a="{{contact.name}}"/>', '<n a="Zoë &quot;Z&quot; O&apos;Neil"/>'],
  ['xml', '<n>{{contact.cdata}}</n>', '<n>]]&gt;</n>'],
  ['xml', '<n>{{contact.ctl}}</n>', /illegal XML character/],
  ['xml', '<n a="{{contact.nl}}"/>', '<n a="x&#13;&#10;Bcc: y"/>'],
  ['text', 'Hi {{contact.first}}', 'Hi Ann'],
  ['text', '{{contact.none}}|{{contact.missing}}|{{contact.addr.city}}', '||Åre'],
  ['text', '{{contact.small}} {{contact.exp}} {{contact.score}}', '1e-7 1e+21 1.5'],
  ['text', '{{contact.rtl}}', 'a\u202eb'],
  ['text', '{{ contact.first }}', 'Ann'],
  ['text', '{{contact.tags.1}}', 'b'],
  ['text', '{{contact.addr}}', '{"city":"Åre"}'],
  ['text', '{{contact.big}}', '12345678901234567890'],
  ['text', '{{contact.__proto__.polluted}}', /bad field "contact.__proto__.polluted"/],
  ['text', '{{constructor.constructor}}', /bad field "constructor.constructor"/],
  ['text', '{{contact.toString}}', ''],
  ['text', '{{contact.first.length}}', ''],
  ['text', '{{contact.tags.length}}', ''],
  ['text', '{{contact[email]}}', /bad field "contact\[email\]"/],
  ['text', '{{contact.email|upper}}', /bad field "contact.email\|upper"/],
  ['text', '{{{contact.email}}}', /bad field "\{contact.email"/],
  ['text', '{{#each contact.tags}}', /bad field "#each contact.tags"/],
  ['text', '{{contact.email', /unclosed \{\{ at 0/],
  ['text', 'a }} b', 'a }} b'],
  ['text', '{{}}', /bad field ""/],
  ['text', '{{a.b.c.d.e.f.g.h.i}}', /bad field "a.b.c.d.e.f.g.h.i"/],
  ['text', '{%raw%}{{contact.first}}{%endraw%}', '{%raw%}Ann{%endraw%}'],
  ['text', String.raw`\{{contact.first}}`, String.raw`\Ann`],
  ['text', '{{contact.tpl}}', '{{account.secret}}'],
];

describe('the examples of merge fields', () => {
  it('are complete', () => {
    expect(EXAMPLES).toHaveLength(81);
  });

  it.each(EXAMPLES.filter(([, , expected]) => typeof expected === 'string'))(
    'render in %s: %s',
    (place, template, expected) => {
      expect(render[place](template)).toBe(expected);
    },
  );

  it.each(EXAMPLES.filter(([, , expected]) => typeof expected !== 'string'))(
    'are refused in %s: %s',
    (place, template, reason) => {
      expect(() => render[place](template)).toThrow(reason);
    },
  );
});
