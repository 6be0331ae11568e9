import type { HttpMethod } from '@hookline/shared/contracts/events';
import { RenderError } from '@hookline/template/template-error';
import { renderText } from '@hookline/template/text-template';
import { renderTarget } from '@hookline/template/url-template';
import type { SentHeader } from '../call/prepared-request.ts';
import type { DefinitionProblem } from '../definition-problem.ts';
import type { RefusedRequest } from '../outcome/classify.ts';
import type { HeaderTemplate } from './compile-headers.ts';
import { type CompiledRequest, MAX_PAYLOAD_BYTES } from './compile-request.ts';
import { encodedValueProblem, encodeHeaderValue, MAX_HEADER_VALUE_LENGTH } from './header-rules.ts';

const UTF8 = new TextEncoder();

/** The part of a request that a definition and a context determine: without identity, authentication and signature. */
export interface RenderedRequest extends Pick<CompiledRequest, 'auth' | 'signed'> {
  kind: 'rendered';
  method: HttpMethod;
  /** `https://host[:port]`. */
  origin: string;
  /** Path and query as on the request line. */
  target: string;
  /** Configured headers, and defaults for headers that are not configured. */
  headers: readonly SentHeader[];
  body: Uint8Array | null;
}

/** The problems of a definition, or the compiled definition with or without its mapping. */
type RenderableRequest =
  (CompiledRequest & { kind: 'compiled' }) | { kind: 'invalid'; problems: readonly DefinitionProblem[] };

/**
 * Renders the templates of a definition. Pure, and the result can be cloned, so that a worker can render as well.
 * @param context result of `parseContext`
 */
export function renderRequest(
  compilation: RenderableRequest,
  context: unknown,
): RenderedRequest | RefusedRequest {
  if (compilation.kind === 'invalid') return refusedByProblem(compilation.problems[0]);
  const { method, auth, signed, payload } = compilation;
  let field = 'url';
  try {
    const target = renderTarget(compilation.url, context);
    field = 'headers';
    const headers = compilation.headers.map((header) => {
      field = `headers.${header.name}`;
      return renderHeader(header, context, compilation.headerEncoding);
    });
    field = 'payload_template';
    const body = payload && UTF8.encode(payload.render(context, MAX_PAYLOAD_BYTES));
    const { origin } = compilation.url;
    return { kind: 'rendered', method, origin, target, headers, body, auth, signed };
  } catch (error) {
    return refusedByError(error, field);
  }
}

/**
 * Converts a rendering error to a refusal.
 * @throws the error if it is unexpected
 */
export function refusedByError(error: unknown, field: string): RefusedRequest {
  if (error instanceof RenderError)
    return { kind: 'refused', errorType: error.errorType, detail: `${field}: ${error.message}` };
  if (!(error instanceof RangeError)) throw error;
  const detail = `${field}: the context is nested too deeply`;
  return { kind: 'refused', errorType: 'render_error', detail };
}

function refusedByProblem(first: DefinitionProblem | undefined): RefusedRequest {
  if (!first) throw new Error('an invalid definition must list its problems');
  return { kind: 'refused', errorType: first.errorType, detail: `${first.field}: ${first.message}` };
}

function renderHeader(
  { name, value, sensitive }: HeaderTemplate,
  context: unknown,
  encoding: CompiledRequest['headerEncoding'],
): SentHeader {
  if (typeof value === 'string') return { name, value, sensitive };
  const rendered = renderText(value, context, { maxLength: MAX_HEADER_VALUE_LENGTH }).trim();
  const encoded = encodeHeaderValue(rendered, encoding);
  const reason = encodedValueProblem(encoded);
  if (reason) throw new RenderError(reason);
  return { name, value: encoded, sensitive };
}
