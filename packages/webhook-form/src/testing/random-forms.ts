import * as fc from 'fast-check';
import { emptyState, type FormState, type NamedRow } from '../model/form-state.ts';

/** Random definitions that a person could enter and that the API accepts, and contexts for them. */

const FIELDS = [
  '{{contact.id}}',
  '{{contact.name}}',
  '{{ contact.tags[0] }}',
  '{{contact.custom_fields["Company Name"]}}',
  '{{contact.custom_fields["a }} b"]}}',
  '{{contact.first_name|"there"}}',
  "{{contact.missing|'it\\'s <b>'}}",
  '{{contact.number}}',
  '{{contact.nested}}',
  '{{workflow.name}}',
];
const field = fc.constantFrom(...FIELDS);
/** Literal text for templates, without braces or control characters. */
const plainText = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .map((text) => text.replaceAll(/[{}]|\p{Cc}|\p{Cs}|[\u2028\u2029]/gu, ''));
const mixedText = fc.array(fc.oneof(plainText, field), { maxLength: 4 }).map((parts) => parts.join(''));

const segment = fc.oneof(
  field,
  fc
    .string({ unit: fc.constantFrom(...Array.from('abcXYZ019-_~é ')), minLength: 1, maxLength: 6 })
    .map(encodeURIComponent),
);
const queryValue = fc.oneof(
  field,
  plainText.map((text) => encodeURIComponent(text.toWellFormed())),
);

/** @param origin origin of the endpoint; each URL has a path below it */
function urls(origin: string): fc.Arbitrary<string> {
  return fc
    .tuple(fc.array(segment, { maxLength: 3 }), fc.array(queryValue, { maxLength: 2 }))
    .map(([path, query]) => {
      const search = query.map((value, index) => `q${index}=${value}`).join('&');
      return `${origin}/${['form', ...path].join('/')}${search === '' ? '' : `?${search}`}`;
    });
}

/** Header text with merge fields, made of characters that no parser treats as a line break. */
const headerText = fc
  .array(
    fc.oneof(field, fc.string({ unit: fc.constantFrom(...Array.from('abc XYZ 019;,="éüñ€')), maxLength: 8 })),
    {
      maxLength: 3,
    },
  )
  .map((parts) => parts.join('').trim());
const headers: fc.Arbitrary<NamedRow[]> = fc
  .uniqueArray(fc.constantFrom('X-One', 'X-Two', 'Accept', 'Content-Type', 'User-Agent', 'X-Long-Name'), {
    maxLength: 3,
  })
  .chain((names) => fc.tuple(...names.map((name) => headerText.map((value) => ({ name, value })))));

const jsonTree = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, tie('leaf'), tie('list'), tie('map')),
  leaf: fc.oneof(
    mixedText,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  ),
  list: fc.array(tie('value'), { maxLength: 3 }),
  map: fc.dictionary(fc.constantFrom('a', 'b', 'long name', '"quoted"', 'é'), tie('value'), { maxKeys: 3 }),
}));

/** JSON of a random tree, or JSON with unquoted merge fields and numbers that JavaScript would write differently. */
const jsonTemplate = fc.oneof(
  jsonTree.map.map((tree) => JSON.stringify(tree, null, 2)),
  fc
    .tuple(field, field, mixedText)
    .map(
      ([bare, other, text]) =>
        `{"bare": ${bare}, "list": [1.50, 1e3, 9007199254740993, ${other}], "text": ${JSON.stringify(text)}}`,
    ),
);
const formTemplate = fc
  .array(fc.tuple(fc.constantFrom('a', 'b c', 'd%2Fe'), mixedText), { minLength: 1, maxLength: 3 })
  .map((pairs) => pairs.map(([name, value]) => `${name}=${value.replaceAll('&', '%26')}`).join('&'));
const markupTemplate = fc
  .tuple(field, field, plainText)
  .map(([one, two, text]) => `<p title="${one}">${text.replaceAll(/[&<>]/g, '')} ${two}</p>`);

const payload: fc.Arbitrary<Pick<FormState, 'content_kind' | 'payload_template'>> = fc.oneof(
  {
    weight: 4,
    arbitrary: jsonTemplate.map((text) => ({ content_kind: 'json' as const, payload_template: text })),
  },
  formTemplate.map((text) => ({ content_kind: 'form' as const, payload_template: text })),
  mixedText.map((text) => ({ content_kind: 'text' as const, payload_template: text })),
  markupTemplate.map((text) => ({ content_kind: 'html' as const, payload_template: text })),
  markupTemplate.map((text) => ({ content_kind: 'xml' as const, payload_template: text })),
  fc.constant({ content_kind: 'none' as const, payload_template: '' }),
);

const authentication: fc.Arbitrary<Pick<FormState, 'auth_type' | 'auth_config'>> = fc.constantFrom(
  { auth_type: 'none', auth_config: {} },
  { auth_type: 'bearer', auth_config: { token: 'token-of-the-form' } },
  { auth_type: 'basic', auth_config: { username: 'user', password: 'password-of-the-form' } },
  { auth_type: 'api_key', auth_config: { api_key: 'key-of-the-form', header_name: 'X-Key' } },
);

/** Returns forms that call an endpoint below `origin`. */
export function randomForms(origin: string): fc.Arbitrary<FormState> {
  return fc
    .record({
      url: urls(origin),
      method: fc.constantFrom<FormState['method']>('GET', 'POST', 'PUT', 'PATCH', 'DELETE'),
      headers,
      header_encoding: fc.constantFrom<FormState['header_encoding']>('percent', 'utf8'),
      signing_enabled: fc.boolean(),
      payload,
      authentication,
    })
    .map(({ payload: body, authentication: auth, ...fields }) => ({
      ...emptyState(),
      ...fields,
      ...body,
      ...auth,
    }));
}

const contextText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '',
    '..',
    'a/b',
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE",
    '{{contact.id}}',
    '💥',
    'a\r\nb',
  ),
);

/** JSON texts of contexts, some of which lack fields that the forms use. */
export const randomContexts: fc.Arbitrary<string> = fc
  .record(
    {
      id: contextText,
      name: contextText,
      first_name: contextText,
      tags: fc.array(contextText, { maxLength: 2 }),
      custom_fields: fc.record({ 'Company Name': contextText, 'a }} b': contextText }, { requiredKeys: [] }),
      number: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer()),
      nested: fc.json().map((text) => JSON.parse(text) as unknown),
    },
    { requiredKeys: [] },
  )
  .chain((contact) => contextText.map((name) => JSON.stringify({ contact, workflow: { name } })));
