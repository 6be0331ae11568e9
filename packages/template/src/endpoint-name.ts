import { compileUrl } from './compile-url.ts';
import { TemplateError } from './template-error.ts';
import type { TextTemplate } from './text-template.ts';

const ESCAPE = /%([0-9a-f]{2})/gi;
/** RFC 3986, section 2.3: an escaped unreserved character is equivalent to the character itself. */
const UNRESERVED = /[A-Za-z0-9._~-]/;

/**
 * Returns the name of an endpoint within its account: scheme, host, port and path of the URL template, without
 * the query, in normalised spelling (RFC 3986, sections 6.2.2 and 6.2.3: case, needless escapes, dot segments, default
 * port). Actions that share an endpoint share its queue, limits, circuit and pause. Returns null for a text that is not
 * a URL template and is therefore never called.
 */
export function endpointNameOf(urlTemplate: string): string | null {
  try {
    const compiled = compileUrl(urlTemplate);
    if (compiled.kind === 'refused') return null;
    const { origin, path } = compiled.template;
    return origin + path.map((part) => (typeof part === 'string' ? spelled(part) : textOf(part))).join('');
  } catch (error) {
    if (error instanceof TemplateError) return null;
    throw error;
  }
}

function textOf({ parts }: TextTemplate): string {
  return parts.map((part) => (typeof part === 'string' ? spelled(part) : `{{${part.name}}}`)).join('');
}

function spelled(literal: string): string {
  return literal.replace(ESCAPE, (escape, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return UNRESERVED.test(character) ? character : escape.toUpperCase();
  });
}
