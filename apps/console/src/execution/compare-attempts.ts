import { type DiffLine, diffLines } from '../text/line-diff.ts';
import { prettyJson } from '../text/pretty-json.ts';
import type { texts } from '../texts.ts';
import type { Attempt } from './execution.ts';

type SectionName = keyof typeof texts.execution.diff.sections;

/** Comparison of one part of two attempts. */
interface ComparedSection {
  name: SectionName;
  lines: DiffLine[];
  isEqual: boolean;
}

/** Compares what was sent and received in two attempts; JSON is compared member by member. Pure. */
export function compareAttempts(before: Attempt, after: Attempt): ComparedSection[] {
  const b = textsOf(after);
  return Object.entries(textsOf(before)).map(([key, text]) => {
    const name = key as SectionName;
    const lines = diffLines(text, b[name]);
    return { name, lines, isEqual: lines.every(({ kind }) => kind === 'same') };
  });
}

function textsOf({
  status,
  error_type,
  error_message,
  request,
  response,
  redirects,
}: Attempt): Record<SectionName, string> {
  return {
    result: [response?.status ?? status, error_type, error_message]
      .filter((part) => part !== null)
      .join('\n'),
    url: request ? `${request.method} ${request.url}` : '',
    requestHeaders: headerLines(request?.headers),
    requestBody: bodyText(request?.body),
    redirects: redirects.map(({ status: code, method, url }) => `${code} ${method} ${url}`).join('\n'),
    responseHeaders: headerLines(response?.headers),
    responseBody: bodyText(response?.body),
  };
}

/** Sorts headers, because their order has no meaning. */
function headerLines(headers: Readonly<Record<string, string>> = {}): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name.toLowerCase()}: ${value}`)
    .sort()
    .join('\n');
}

function bodyText(body: string | null = null): string {
  return body === null ? '' : (prettyJson(body) ?? body);
}
