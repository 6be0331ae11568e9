import { headerValueProblem, MAX_HEADER_VALUE_LENGTH } from '@hookline/webhook-call/request/header-rules';
import { compileUrl } from '@hookline/template/compile-url';
import { MAX_DEPTH } from '@hookline/template/merge-field';
import { isPayloadKind, PAYLOAD_KINDS } from '@hookline/template/payload-kinds';
import { RenderError } from '@hookline/template/template-error';
import { compileText, MAX_FIELDS, renderText } from '@hookline/template/text-template';
import { renderTarget } from '@hookline/template/url-template';
import { code, markdownPage, table } from '../markdown.ts';

/** Context of every example. */
const CONTEXT = {
  contact: {
    first_name: 'Zoë',
    company: `"O'Neil" <A&B>`,
    age: 42,
    vip: true,
    phone: null,
    tags: ['new', 'eu'],
    custom_fields: { plan: 'pro' },
  },
};

const MAX_BYTES = 1_048_576;

/** Renders a template as in one kind of place. */
type Fill = (template: string) => string;

const PLACES: readonly (readonly [place: string, fill: Fill, template: (field: string) => string])[] = [
  ['URL path', fillUrl, (field) => `https://example.com/c/${field}/x`],
  ['URL query', fillUrl, (field) => `https://example.com/?q=${field}`],
  ['header value', fillHeader, (field) => field],
  ['`json`, within quotes', fillBody('json'), (field) => `{"v": "${field}"}`],
  ['`json`, without quotes', fillBody('json'), (field) => `{"v": ${field}}`],
  ['`form`, object', fillBody('form'), (field) => `{"v": "${field}"}`],
  ['`form`, encoded text', fillBody('form'), (field) => `v=${field}`],
  ['`text`', fillBody('text'), (field) => field],
  ['`html`', fillBody('html'), (field) => `<p title="${field}">`],
  ['`xml`', fillBody('xml'), (field) => `<v>${field}</v>`],
];

/** One field for each type of value. */
const TYPES: readonly (readonly [type: string, field: string])[] = [
  ['text', '{{contact.first_name}}'],
  ['number', '{{contact.age}}'],
  ['boolean', '{{contact.vip}}'],
  ['null', '{{contact.phone}}'],
  ['missing', '{{contact.nickname}}'],
  ['array', '{{contact.tags}}'],
  ['item of an array', '{{contact.tags.1}}'],
  ['object', '{{contact.custom_fields}}'],
];

/** Renders docs/reference/merge-fields.md: the syntax of merge fields and the text that replaces them. */
export function renderMergeFields(): Promise<string> {
  return markdownPage([
    '# Merge fields',
    'Written by `npm run reference`: every result below is what the template compiler returns. A test compares.',
    'A merge field `{{path}}` is replaced with a value of the request’s context. Fields may appear in the path and the ' +
      'query of the URL, in header values and in the payload, but not in the scheme, host or port, nor in header or ' +
      'form names.',
    '## Grammar',
    '```text\nfield   = "{{" path "}}"              spaces around the path are ignored\npath    = name *("." segment)\n' +
      'segment = name / index\nname    = letter or "_", then up to 63 letters, digits, "_" or "-"\nindex   = a number ' +
      'from 0, which selects an item of an array\n```',
    `A path has at most ${MAX_DEPTH} segments, a template at most ${MAX_FIELDS} fields. \`__proto__\`, \`constructor\` and ` +
      '`prototype` are rejected. There are no filters, functions or defaults, and no escape for `{{`. The values of ' +
      'fields are never read as templates again. By convention the context has the objects `contact`, ' +
      '`workflow`, `execution` and `account`.',
    'The examples use this context:',
    `\`\`\`json\n${JSON.stringify(CONTEXT, null, 2)}\n\`\`\``,
    '## Escaping by place',
    'Results for `{{contact.company}}`, whose value contains quotes and markup:',
    table(['Place', 'Template', 'Sent'], placeRows('{{contact.company}}')),
    'A header value may contain only visible ASCII, spaces and tabs; any other character ends the execution as ' +
      '`render_error`. So does a character that XML 1.0 cannot carry. In `html` and `xml`, fields may appear in text and in ' +
      'quoted attribute values; [ADR 9](../adr/0009-payload-kinds.md) lists where they are rejected.',
    '## Missing fields',
    'A field that is missing or null is empty text. Two places differ: without quotes in `json` it is `null`, and in ' +
      'a URL path a segment must not become empty. Results for `{{contact.nickname}}`, which is missing:',
    table(['Place', 'Template', 'Sent'], placeRows('{{contact.nickname}}')),
    '## Types',
    'Except in unquoted places in `json`, every value becomes text; arrays and objects become their JSON text.',
    table(
      ['Value', 'Field', 'As `text`', 'In `json`, within quotes', 'In `json`, without quotes'],
      TYPES.map(([type, field]) => [
        type,
        code(field),
        code(fillBody('text')(field)),
        code(fillBody('json')(`"${field}"`)),
        code(fillBody('json')(field)),
      ]),
    ),
    '## Content types',
    table(
      ['`content_kind`', 'Content-Type, unless a header sets one'],
      Object.entries(PAYLOAD_KINDS).map(([kind, { contentType }]) => [code(kind), code(contentType)]),
    ),
    '`none` sends no body. A request with method GET never has a body, even with a template.',
  ]);
}

function placeRows(field: string): string[][] {
  return PLACES.map(([place, fill, template]) => [place, code(template(field)), sent(fill, template(field))]);
}

function sent(fill: Fill, template: string): string {
  try {
    const text = fill(template);
    return text === '' ? '_empty_' : code(text);
  } catch (error) {
    if (error instanceof RenderError) return `\`render_error\`: ${error.message}`;
    throw error;
  }
}

function fillUrl(template: string): string {
  const compiled = compileUrl(template);
  if (compiled.kind === 'refused') throw new Error(compiled.refusal.message);
  return renderTarget(compiled.template, CONTEXT);
}

function fillHeader(template: string): string {
  const value = renderText(compileText(template), CONTEXT, { maxLength: MAX_HEADER_VALUE_LENGTH });
  const problem = headerValueProblem(value);
  if (problem !== null) throw new RenderError(problem);
  return value;
}

function fillBody(kind: string): Fill {
  if (!isPayloadKind(kind)) throw new Error(`${kind} is not a payload kind`);
  return (template) => PAYLOAD_KINDS[kind].compile(template).render(CONTEXT, MAX_BYTES);
}
