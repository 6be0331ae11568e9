import type { DefinitionProblem } from '../definition-problem.ts';
import { extractValues } from '../mapping/apply-mapping.ts';
import {
  type CallableDefinition,
  type Compilation,
  compileDefinition,
} from '../request/compile-definition.ts';
import type { CompileOptions } from '../request/compile-request.ts';
import type { Evaluation, EvaluationOwner, EvaluationResult, PoolOutcome, Rendering } from './evaluation.ts';
import type { EvaluationMeter } from './evaluation-meter.ts';
import { judgeDefinition } from './judged-definition.ts';
import { filteredBytes } from './filtered-bytes.ts';
import {
  compilesOnLoop,
  type DefinitionSize,
  definitionSize,
  filtersOnLoop,
  mapsOnLoop,
  parsesOnLoop,
  rendersOnLoop,
} from './loop-bounds.ts';
import { type AnswerRead, type AnswerToRead, joinPieces, readExtractedAnswer } from './read-answer.ts';
import { LoopCpu, threadCpuMs } from './loop-cpu.ts';
import { renderContext } from './render-context.ts';
import type { RequestContext } from './request-context.ts';

interface EvaluationsDeps {
  pool: { run(owner: EvaluationOwner, evaluation: Evaluation): Promise<PoolOutcome> };
  meter: EvaluationMeter;
}

/** Cached data about a definition, for evaluations on the event loop. */
interface KnownDefinition {
  size: DefinitionSize;
  /** Undefined until it is first needed, and if the definition is too large to be compiled on the event loop. */
  compilation: Compilation | undefined;
}

/** Reason for refusing a request or a definition that takes too much time or memory. */
const TOO_SLOW =
  'takes more than 2 s of CPU time, or too much memory; make the payload template or the context smaller';

/**
 * Evaluates definitions, contexts and responses; the cost depends on input from accounts. Small evaluations run
 * immediately, on the event loop; others run in the worker pool, where only their own account waits for them. The sizes
 * of the input decide this before anything runs (`loop-bounds.ts`); only the sizes of mapped values are checked after
 * they have been extracted. A small evaluation returns its result instead of a promise, so that it costs no turn of the
 * loop.
 */
export class Evaluations {
  readonly #deps: EvaluationsDeps;
  readonly #options: CompileOptions;
  readonly #cpu = new LoopCpu({ now: () => performance.now(), usedMs: threadCpuMs });
  /** A compiled form is dropped with the decoded definition, so the bound of `HotDefinitions` covers both. */
  readonly #known = new WeakMap<CallableDefinition, KnownDefinition>();

  constructor(deps: EvaluationsDeps, options: CompileOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Lists the problems of a definition. */
  check(
    owner: EvaluationOwner,
    definition: CallableDefinition,
  ): readonly DefinitionProblem[] | Promise<readonly DefinitionProblem[]> {
    const compilation = this.#compiled(definition);
    if (compilation) return compilation.kind === 'invalid' ? compilation.problems : [];
    return this.#checkInPool(owner, definition);
  }

  /**
   * Parses a context and renders the templates of a definition with it.
   * @throws StoppingError if the process stops first
   */
  render(
    owner: EvaluationOwner,
    definition: CallableDefinition,
    context: RequestContext,
  ): Rendering | Promise<Rendering> {
    const { text, bytes, known } = context;
    const isSmall = parsesOnLoop(bytes) && owner.poolOnly !== true;
    const compilation = isSmall ? this.#compiled(definition) : null;
    if (compilation && rendersOnLoop(this.#sizeOf(definition), bytes)) {
      return this.#measured('render', () => renderContext(compilation, text, known));
    }
    return this.#renderInPool(owner, definition, context);
  }

  /**
   * Filters, truncates and maps an answer.
   * @throws StoppingError if the process stops first
   */
  readAnswer(
    owner: EvaluationOwner,
    definition: CallableDefinition,
    answer: AnswerToRead,
  ): AnswerRead | Promise<AnswerRead> {
    const read = owner.poolOnly === true ? null : this.#readOnLoop(definition, answer);
    return read ?? this.#readInPool(owner, answer);
  }

  #sizeOf(definition: CallableDefinition): DefinitionSize {
    return this.#knownOf(definition).size;
  }

  #knownOf(definition: CallableDefinition): KnownDefinition {
    let known = this.#known.get(definition);
    if (!known) {
      known = { size: definitionSize(definition), compilation: undefined };
      this.#known.set(definition, known);
    }
    return known;
  }

  /** Returns the compiled form, or null if the pool has to compile it. */
  #compiled(definition: CallableDefinition): Compilation | null {
    const known = this.#knownOf(definition);
    if (!compilesOnLoop(known.size)) return null;
    known.compilation ??= this.#measured('compile', () => compileDefinition(definition, this.#options));
    return known.compilation;
  }

  /** @returns null if the pool has to read the answer */
  #readOnLoop(definition: CallableDefinition, answer: AnswerToRead): AnswerRead | null {
    const secretBytes = answer.secrets.reduce((sum, secret) => sum + Buffer.byteLength(secret), 0);
    const storedBytes = filteredBytes(answer);
    if (!filtersOnLoop(storedBytes, secretBytes)) return null;
    const { response, responseMapping } = answer;
    const isMapped = response && responseMapping && Object.keys(responseMapping).length > 0;
    const compilation = isMapped ? this.#compiled(definition) : undefined;
    if (compilation === null) return null;
    const mapping = compilation?.kind === 'compiled' ? compilation.mapping : [];
    if (response && !response.truncated && !mapsOnLoop(mapping, response.body.length)) return null;
    return this.#measured('answer', () => {
      const extracted = response ? [...extractValues(mapping, response)] : [];
      // The sizes of the values are known now, before they are searched for secrets.
      const valueBytes = extracted.reduce((sum, one) => sum + ('value' in one ? one.value.length : 0), 0);
      return filtersOnLoop(storedBytes + valueBytes, secretBytes)
        ? readExtractedAnswer(answer, extracted)
        : null;
    });
  }

  async #checkInPool(
    owner: EvaluationOwner,
    definition: CallableDefinition,
  ): Promise<readonly DefinitionProblem[]> {
    const judged = judgeDefinition(definition, this.#options.guard);
    const outcome = await this.#deps.pool.run(owner, { kind: 'check', definition: judged });
    if (outcome.kind === 'done') return resultOf(outcome.result, 'check').problems;
    return [{ field: 'payload_template', message: TOO_SLOW, errorType: 'render_error' }];
  }

  async #renderInPool(
    owner: EvaluationOwner,
    definition: CallableDefinition,
    { text, known }: RequestContext,
  ): Promise<Rendering> {
    const judged = judgeDefinition(definition, this.#options.guard);
    const task = { kind: 'render', definition: judged, context: text, known } as const;
    const outcome = await this.#deps.pool.run(owner, task);
    if (outcome.kind === 'done') return resultOf(outcome.result, 'render').rendering;
    return { kind: 'refused', errorType: 'render_error', detail: `rendering ${TOO_SLOW}` };
  }

  async #readInPool(owner: EvaluationOwner, answer: AnswerToRead): Promise<AnswerRead> {
    const outcome = await this.#deps.pool.run(owner, { kind: 'answer', answer });
    return joinPieces(answer, outcome.pieces);
  }

  #measured<T>(kind: string, work: () => T): T {
    return this.#cpu.measure(work, (usedMs) => this.#deps.meter.onLoop(kind, usedMs / 1_000));
  }
}

function resultOf<K extends EvaluationResult['kind']>(
  result: EvaluationResult,
  kind: K,
): Extract<EvaluationResult, { kind: K }> {
  if (result.kind !== kind) throw new Error(`worker result is of kind ${result.kind}, not ${kind}`);
  return result as Extract<EvaluationResult, { kind: K }>;
}
