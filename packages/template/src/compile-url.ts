import { type DestinationUrl, MAX_URL_LENGTH, readUrl } from '@hookline/destination-guard/destination-url';
import { invalidUrl, type Refusal } from '@hookline/destination-guard/refusal';
import type { MergeField } from './merge-field.ts';
import { TemplateError } from './template-error.ts';
import { compileText, type TextTemplate } from './text-template.ts';
import type { UrlTemplate } from './url-template.ts';

type UrlCompilation =
  { kind: 'compiled'; template: UrlTemplate; url: DestinationUrl } | { kind: 'refused'; refusal: Refusal };

const ORIGIN_AND_MORE = /^[^/?#]*\/\/[^/?#]+[/?#]/;
const OPEN_ESCAPE = /%[0-9a-f]?$/i;

/**
 * Compiles a URL that may contain fields in path and query. A mark replaces each field while the URL is parsed and
 * normalised as a whole, so that rendering needs no URL parser.
 * @throws TemplateError if a field is malformed or in a place where fields are not allowed
 */
export function compileUrl(raw: string): UrlCompilation {
  if (raw.length > MAX_URL_LENGTH) {
    return { kind: 'refused', refusal: invalidUrl(`longer than ${MAX_URL_LENGTH} characters`) };
  }
  const text = compileText(raw);
  refuseMisplacedFields(text);
  const marks = createMarks(raw, text);
  const reading = readUrl(marks.marked);
  if (reading.kind === 'refused') return reading;
  const { url } = reading;
  const query = marks.restore(url.search);
  const path = splitSegments(url.path, marks);
  const kept = path.reduce(
    (sum, part) => sum + (typeof part === 'string' ? 0 : part.fieldCount),
    query.fieldCount,
  );
  if (kept !== text.fieldCount) {
    throw new TemplateError(
      'merge fields are not allowed in the fragment or before a dot segment, where they are never sent',
      0,
    );
  }
  return { kind: 'compiled', template: { origin: url.origin, path, query }, url };
}

function refuseMisplacedFields({ parts, fieldCount }: TextTemplate): void {
  const [first = ''] = parts;
  if (fieldCount > 0 && !(typeof first === 'string' && ORIGIN_AND_MORE.test(first))) {
    throw new TemplateError('merge fields are not allowed in the scheme, host or port', 0);
  }
  let position = 0;
  for (const [index, part] of parts.entries()) {
    if (typeof part !== 'string') continue;
    position += part.length;
    if (OPEN_ESCAPE.test(part) && index < parts.length - 1) {
      throw new TemplateError('a merge field cannot complete a percent escape', position);
    }
  }
}

interface Marks {
  /** The URL with a mark in place of each field. */
  marked: string;
  /** Returns a piece of the normalised URL with its marks replaced by the fields. */
  restore(piece: string): TextTemplate;
}

/**
 * Replaces fields with marks that do not occur in the URL. A mark consists of letters and digits, which the parser
 * does not change.
 */
function createMarks(raw: string, { parts }: TextTemplate): Marks {
  let prefix = 'zq';
  while (raw.includes(prefix)) prefix += 'q';
  const fields: MergeField[] = [];
  const marked = parts
    .map((part) => (typeof part === 'string' ? part : `${prefix}${fields.push(part) - 1}z`))
    .join('');
  const mark = new RegExp(`${prefix}([0-9]+)z`);
  return {
    marked,
    restore(piece) {
      // The pattern has one group, so `split` returns its matches, which are field numbers, between the literals.
      const restored = piece
        .split(mark)
        .map((text, index) => (index % 2 === 0 ? text : fields[Number(text)]));
      const kept = restored.filter((part): part is string | MergeField => part !== '' && part !== undefined);
      return { parts: kept, fieldCount: kept.filter((part) => typeof part !== 'string').length };
    },
  };
}

/**
 * Splits a path into the segments that contain a field and the literal text between these segments, so that rendering
 * copies few pieces.
 */
function splitSegments(path: string, marks: Marks): (string | TextTemplate)[] {
  const parts: (string | TextTemplate)[] = [];
  let literal = '';
  for (const [index, segment] of path.split('/').entries()) {
    if (index > 0) literal += '/';
    const restored = marks.restore(segment);
    if (restored.fieldCount === 0) {
      literal += segment;
    } else {
      parts.push(literal, restored);
      literal = '';
    }
  }
  if (literal !== '') parts.push(literal);
  return parts;
}
