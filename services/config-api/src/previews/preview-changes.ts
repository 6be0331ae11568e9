import type { AttemptRequest } from '@hookline/shared/contracts/events';
import { PREVIEW_LIMITS, type PreviewedExecution } from '@hookline/shared/contracts/rest/previews';
import { isTextWithinDepth } from '@hookline/shared/contracts/json-depth';
import { parseJsonToWrite } from '@hookline/shared/contracts/lossless-json';
import type { AnswerRead } from '@hookline/webhook-call/evaluation/read-answer';
import type { RenderedRequest } from '@hookline/webhook-call/request/render-request';
import { cutText } from '@hookline/webhook-call/stored-body/cut-text';

/** A rendered request, and its view for people, which is cut and redacted as in history. */
export interface RequestSide {
  rendered: RenderedRequest;
  shown: AttemptRequest;
}

type Change = PreviewedExecution['changes'][number];
type MappingChange = PreviewedExecution['mapping_changes'][number];

/** Lists the parts in which two requests differ. They are compared as rendered, but shown as in history. */
export function requestChanges(before: RequestSide, after: RequestSide): Change[] {
  return [
    ...valueChange('method', before.rendered.method, after.rendered.method),
    ...urlChange(before, after),
    ...headerChanges(before, after),
    ...bodyChange(before.shown, after.shown),
  ];
}

/** Lists the mappings whose results differ. */
export function mappingChanges(before: AnswerRead['mapped'], after: AnswerRead['mapped']): MappingChange[] {
  const targets = new Set(
    [before, after].flatMap(({ fields, errors }) => [...Object.keys(fields), ...Object.keys(errors)]),
  );
  return [...targets].flatMap((target) => {
    const [was, is] = [before, after].map(({ fields, errors }) => ({
      json: ownText(fields, target),
      error: ownText(errors, target),
    })) as [MappingSide, MappingSide];
    if (was.json === is.json && was.error === is.error) return [];
    return [
      {
        target,
        before: shownValue(was.json),
        before_error: was.error,
        after: shownValue(is.json),
        after_error: is.error,
      },
    ];
  });
}

interface MappingSide {
  /** JSON text of the value. */
  json: string | null;
  error: string | null;
}

function valueChange(part: string, before: string | null, after: string | null): Change[] {
  return before === after ? [] : [{ part, before, after }];
}

function urlChange(before: RequestSide, after: RequestSide): Change[] {
  const isSame = urlOf(before) === urlOf(after);
  return isSame ? [] : [{ part: 'url', before: before.shown.url, after: after.shown.url }];
}

function urlOf({ rendered }: RequestSide): string {
  return rendered.origin + rendered.target;
}

/**
 * Compares the rendered headers. Headers that the HTTP client adds depend only on the other parts, so they are not
 * compared.
 */
function headerChanges(before: RequestSide, after: RequestSide): Change[] {
  const [was, is] = [before, after].map(headersOf) as [HeaderSides, HeaderSides];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((name) => {
    const [one, other] = [was.get(name), is.get(name)];
    if (one?.value === other?.value) return [];
    return [{ part: `headers.${name}`, before: one?.shown ?? null, after: other?.shown ?? null }];
  });
}

type HeaderSides = ReadonlyMap<string, { value: string; shown: string }>;

function headersOf({ rendered, shown }: RequestSide): HeaderSides {
  return new Map(
    rendered.headers.map(({ name, value }) => [
      name.toLowerCase(),
      { value, shown: cutText(shown.headers[name] ?? '', PREVIEW_LIMITS.valueBytes).text },
    ]),
  );
}

function bodyChange(before: AttemptRequest, after: AttemptRequest): Change[] {
  if (before.bodySha256 === after.bodySha256) return [];
  // Bodies that differ only after the cut are distinguished by their sizes and digests.
  const isHidden = before.body !== null && before.body === after.body;
  const [was, is] = [before, after].map((side) => (isHidden ? digestOf(side) : side.body)) as [
    string | null,
    string | null,
  ];
  return [{ part: 'body', before: was, after: is }];
}

function digestOf({ bodyBytes, bodySha256 }: AttemptRequest): string {
  return `[${bodyBytes} bytes, SHA-256 ${bodySha256 ?? ''}]`;
}

function shownValue(json: string | null): unknown {
  if (json === null) return null;
  const { text, cut } = cutText(json, PREVIEW_LIMITS.valueBytes);
  return cut || !isTextWithinDepth(text) ? text : parseJsonToWrite(text);
}

function ownText(texts: Readonly<Record<string, string>>, name: string): string | null {
  return Object.hasOwn(texts, name) ? (texts[name] ?? null) : null;
}
