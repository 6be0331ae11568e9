import { describe, expect, it } from '@jest/globals';
import { PAYLOAD_KINDS } from './payload-kinds.ts';

const context = {
  contact: { id: 9_007_199_254_740_993n, name: 'Zoë & Co', tags: ['a', 'b'], none: null },
};
const render = (template: string, maxBytes = 1_000): string =>
  PAYLOAD_KINDS.form.compile(template).render(context, maxBytes);

describe('a form template', () => {
  it.each([
    [
      '{"id":"{{contact.id}}","name":"Hi {{ contact.name }}!"}',
      'id=9007199254740993&name=Hi+Zo%C3%AB+%26+Co%21',
    ],
    ['id={{contact.id}}&name=Hi {{ contact.name }}!', 'id=9007199254740993&name=Hi+Zo%C3%AB+%26+Co%21'],
    [' {"n":1,"b":true,"big":9007199254740993,"s":""}', 'n=1&b=true&big=9007199254740993&s='],
    ['{"tag":["x",2,"{{contact.id}}"],"none":[]}', 'tag=x&tag=2&tag=9007199254740993'],
    [
      '{"tags":"{{contact.tags}}","x":"{{contact.none}}{{contact.missing}}"}',
      'tags=%5B%22a%22%2C%22b%22%5D&x=',
    ],
    ['{"a&b=c":"d&e=f"}', 'a%26b%3Dc=d%26e%3Df'],
    ['{}', ''],
    ['', ''],
    ['a', 'a='],
    ['&&a=1&&b==2&', 'a=1&b=%3D2'],
    ['a=1+2%203%2B4&a=%zz', 'a=1+2+3%2B4&a=%25zz'],
    ['a=%{{contact.id}}%C3%A9', 'a=%259007199254740993%C3%A9'],
  ])('%s renders to %s', (template, form) => {
    expect(render(template)).toBe(form);
  });

  it('leaves exactly the same characters unescaped as the WHATWG URL standard', () => {
    const ascii = String.fromCharCode(...Array.from({ length: 128 }, (_, code) => code));
    const form = PAYLOAD_KINDS.form.compile('v={{v}}').render({ v: ascii }, 1_000);
    expect(form).toBe(new URLSearchParams({ v: ascii }).toString());
  });

  it.each([
    ['{"a":1', /not valid JSON: expected '\}' at 6/],
    ['{"a":"1","a":"2"}', /duplicate key "a" at 9/],
    ['{"a":null}', /the form field "a" must be text, a number, a boolean or a list of these/],
    ['{"a":{"b":"c"}}', /the form field "a" must be/],
    ['{"a":[["b"]]}', /the form field "a" must be/],
    ['{"a":{{contact.id}}}', /must not contain unquoted merge fields/],
    ['{"{{contact.id}}":"a"}', /not allowed in form names/],
    ['a=1&{{contact.id}}=2', /not allowed in form names at 4/],
    ['{{contact.id}}', /not allowed in form names at 0/],
    ['a={{contact.}}', /bad field "contact." at 2/],
    ['a={{contact.id', /unclosed \{\{ at 2/],
    [`a=${'{{b}}'.repeat(101)}`, /more than 100 fields/],
    [`a=${'{{b}}'.repeat(60)}&b=${'{{b}}'.repeat(60)}`, /more than 100 fields/],
  ])('refuses %s', (template, reason) => {
    expect(() => render(template)).toThrow(reason);
  });
});
