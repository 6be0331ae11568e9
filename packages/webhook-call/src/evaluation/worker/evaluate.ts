import { compileMapping, type CompiledMapping } from '../../mapping/compile-mapping.ts';
import { type Compilation, compileDefinition } from '../../request/compile-definition.ts';
import type { Evaluation, EvaluationResult } from '../evaluation.ts';
import { type JudgedDefinition, judgesOf } from '../judged-definition.ts';
import { type AnswerPiece, type AnswerToRead, readAnswerPieces } from '../read-answer.ts';
import { renderContext } from '../render-context.ts';
import type { TimeLimit } from '../../mapping/apply-mapping.ts';
import { sameBytes } from '../../request/same-bytes.ts';
import type { CompilationCache } from './compilation-cache.ts';

/** State of a worker. */
export interface Evaluator {
  /** Sent as User-Agent if a definition sets none. */
  userAgent: string;
  cache: CompilationCache;
}

/** A template of 1 MiB compiles to 1 to 3 MiB, an expression to a hundred times its length (measured). */
const BYTES_OF_TEMPLATE = 4;
const BYTES_OF_EXPRESSION = 100;

/** Runs one evaluation. Pure except for the cache. */
export function evaluate(
  evaluation: Evaluation,
  evaluator: Evaluator,
  { limit, report }: { limit: TimeLimit; report: (piece: AnswerPiece) => void },
): EvaluationResult {
  if (evaluation.kind === 'check') {
    const compilation = compile(evaluation.definition, evaluator);
    return { kind: 'check', problems: compilation.kind === 'invalid' ? compilation.problems : [] };
  }
  if (evaluation.kind === 'render') {
    const { definition, context, known } = evaluation;
    return { kind: 'render', rendering: renderContext(compiled(definition, evaluator), context, known) };
  }
  const answer = withBuffers(evaluation.answer);
  const mapping = compiledMapping(answer.responseMapping ?? {}, evaluator);
  for (const piece of readAnswerPieces(answer, mapping, limit)) report(piece);
  return { kind: 'answer' };
}

/** Restores Buffers, which arrive in a thread as plain byte arrays. */
function withBuffers(answer: AnswerToRead): AnswerToRead {
  const { request, response } = answer;
  return {
    ...answer,
    request: request && { ...request, body: request.body && sameBytes(request.body) },
    response: response && { ...response, body: sameBytes(response.body) },
  };
}

function compile(judged: JudgedDefinition, { userAgent }: Pick<Evaluator, 'userAgent'>): Compilation {
  return compileDefinition(judged.definition, { guard: judgesOf(judged), userAgent });
}

function compiled(judged: JudgedDefinition, evaluator: Evaluator): Compilation {
  const { payloadTemplate, ...rest } = judged.definition;
  const others = JSON.stringify([rest, judged.hosts, payloadTemplate === null]);
  const templateBytes = BYTES_OF_TEMPLATE * ((payloadTemplate?.length ?? 0) + others.length);
  const expressionBytes = BYTES_OF_EXPRESSION * JSON.stringify(rest.responseMapping).length;
  const source = ['definition', payloadTemplate ?? '', others];
  return evaluator.cache.use(source, templateBytes + expressionBytes, () => compile(judged, evaluator));
}

/** Compiles a mapping. Ignores problems: a definition with a problem makes no calls, so there is no response to map. */
function compiledMapping(
  responseMapping: Readonly<Record<string, string>>,
  { cache }: Evaluator,
): CompiledMapping {
  const text = JSON.stringify(responseMapping);
  return cache.use(['mapping', text], BYTES_OF_EXPRESSION * text.length, () =>
    compileMapping(responseMapping, []),
  );
}
