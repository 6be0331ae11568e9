import type { DefinitionProblem } from '../definition-problem.ts';
import { extractValues } from '../mapping/apply-mapping.ts';
import {
  type CallableDefinition,
  type Compilation,
  compileDefinition,
  type CompileOptions,
} from '../request/compile-definition.ts';
import { renderRequest } from '../request/render-request.ts';
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
  rendersOnLoop,
} from './loop-bounds.ts';
import { type AnswerRead, type AnswerToRead, joinPieces, readPickedAnswer } from './read-answer.ts';
import type { RequestContext } from './request-context.ts';

interface EvaluationsDeps {
  pool: { run(owner: EvaluationOwner, evaluation: Evaluation): Promise<PoolOutcome> };
  meter: EvaluationMeter;
}

/** A definition that is small enough to be compiled on the loop, or not. */
interface KnownDefinition {
  size: DefinitionSize;
  /** Once it was needed. */
  compilation: Compilation | undefined;
}

/** What a request or a definition ends with that takes too long; the text says what to make smaller. */
const TOO_SLOW = 'takes more than 2 s of CPU time; make the payload template or the context smaller';

/**
 * Evaluates what tenants configure, send and are answered: what is small at once, on the event loop, and whatever is
 * larger in the worker pool, where its account waits for it alone. Sizes decide before anything runs (`loop-bounds.ts`). A
 * small evaluation returns its result and no promise, so that it takes no turn of the loop.
 */
export class Evaluations {
  readonly #deps: EvaluationsDeps;
  readonly #options: CompileOptions;
  /** The compiled form lives as long as the decoded definition, so the bound of those holds for both. */
  readonly #known = new WeakMap<CallableDefinition, KnownDefinition>();

  constructor(deps: EvaluationsDeps, options: CompileOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Lists what is wrong with a definition. */
  check(
    owner: EvaluationOwner,
    definition: CallableDefinition,
  ): readonly DefinitionProblem[] | Promise<readonly DefinitionProblem[]> {
    const compilation = this.#compiled(definition);
    if (compilation) return compilation.kind === 'invalid' ? compilation.problems : [];
    return this.#checkInPool(owner, definition);
  }

  /**
   * Fills the templates of a definition.
   * @throws StoppingError if the process stops before there was a worker for it
   */
  render(
    owner: EvaluationOwner,
    definition: CallableDefinition,
    context: RequestContext,
  ): Rendering | Promise<Rendering> {
    const compilation = context.value === undefined ? null : this.#compiled(definition);
    if (compilation && rendersOnLoop(this.#sizeOf(definition), context.bytes)) {
      return this.#measured('render', () => renderRequest(compilation, context.value));
    }
    return this.#renderInPool(owner, definition, context);
  }

  /**
   * Filters and maps an answer.
   * @throws StoppingError if the process stops before there was a worker for it
   */
  readAnswer(
    owner: EvaluationOwner,
    definition: CallableDefinition,
    answer: AnswerToRead,
  ): AnswerRead | Promise<AnswerRead> {
    return this.#readOnLoop(definition, answer) ?? this.#readInPool(owner, answer);
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

  /** The compiled form; null where compiling is left to the pool. */
  #compiled(definition: CallableDefinition): Compilation | null {
    const known = this.#knownOf(definition);
    if (!compilesOnLoop(known.size)) return null;
    known.compilation ??= this.#measured('compile', () => compileDefinition(definition, this.#options));
    return known.compilation;
  }

  /** @returns null if it is left to the pool */
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
      const picked = response ? [...extractValues(mapping, response)] : [];
      // Known now, before they are searched.
      const valueBytes = picked.reduce((sum, one) => sum + ('value' in one ? one.value.length : 0), 0);
      return filtersOnLoop(storedBytes + valueBytes, secretBytes) ? readPickedAnswer(answer, picked) : null;
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

  /** 0.3 us a reading. */
  #measured<T>(kind: string, work: () => T): T {
    const begun = process.threadCpuUsage();
    try {
      return work();
    } finally {
      const { user, system } = process.threadCpuUsage(begun);
      this.#deps.meter.onLoop(kind, (user + system) / 1e6);
    }
  }
}

function resultOf<K extends EvaluationResult['kind']>(
  result: EvaluationResult,
  kind: K,
): Extract<EvaluationResult, { kind: K }> {
  if (result.kind !== kind) throw new Error(`a worker answered ${result.kind} to ${kind}`);
  return result as Extract<EvaluationResult, { kind: K }>;
}
