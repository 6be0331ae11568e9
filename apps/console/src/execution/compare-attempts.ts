import { type DiffLine, diffLines } from '../text/line-diff.ts';
import { prettyJson } from '../text/pretty-json.ts';
import type { texts } from '../texts.ts';
import type { Attempt } from './execution.ts';

type SectionName = keyof typeof texts.execution.diff.sections;

/** A part of two attempts, compared. */
interface ComparedSection {
  name: SectionName;
  lines: DiffLine[];
  isEqual: boolean;
}

/** Compares what was sent and what came back in two attempts; JSON is compared member by member. Pure. */
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

/** Lines of a difference, or a number of equal lines that are not shown. */
export type DiffBlock = { kind: 'lines'; lines: DiffLine[] } | { kind: 'same'; count: number };

/** Lines shown around each difference. */
const CONTEXT_LINES = 3;

/** Folds long stretches that are the same in both. Pure. */
export function foldSame(lines: readonly DiffLine[]): DiffBlock[] {
  const blocks: DiffBlock[] = [];
  let from = 0;
  while (from < lines.length) {
    const isSame = lines[from]?.kind === 'same';
    let until = from;
    while (until < lines.length && (lines[until]?.kind === 'same') === isSame) until += 1;
    const run = lines.slice(from, until);
    if (isSame) blocks.push(...folded(run, { isFirst: from === 0, isLast: until === lines.length }));
    else blocks.push({ kind: 'lines', lines: run });
    from = until;
  }
  return blocks;
}

function folded(run: DiffLine[], { isFirst, isLast }: { isFirst: boolean; isLast: boolean }): DiffBlock[] {
  const head = isFirst ? 0 : CONTEXT_LINES;
  const tail = isLast ? 0 : CONTEXT_LINES;
  const count = run.length - head - tail;
  if (count <= 1) return [{ kind: 'lines', lines: run }];
  return [
    { kind: 'lines', lines: run.slice(0, head) },
    { kind: 'same', count },
    { kind: 'lines', lines: run.slice(run.length - tail) },
  ];
}

/** Returns the first lines of a folded difference, and how many are left out. Pure. */
export function firstLines(
  blocks: readonly DiffBlock[],
  maxLines: number,
): { blocks: DiffBlock[]; left: number } {
  const shown: DiffBlock[] = [];
  let room = maxLines;
  let left = 0;
  for (const block of blocks) {
    if (block.kind === 'same') {
      if (room > 0) shown.push(block);
      continue;
    }
    const lines = block.lines.slice(0, room);
    if (lines.length > 0) shown.push({ kind: 'lines', lines });
    left += block.lines.length - lines.length;
    room -= lines.length;
  }
  return { blocks: shown, left };
}
