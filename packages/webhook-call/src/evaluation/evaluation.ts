import type { DefinitionProblem } from '../definition-problem.ts';
import type { RefusedRequest } from '../outcome/classify.ts';
import type { RenderedRequest } from '../request/render-request.ts';
import type { JudgedDefinition } from './judged-definition.ts';
import type { KnownFields } from './known-fields.ts';
import type { AnswerPiece, AnswerToRead } from './read-answer.ts';

/**
 * Work whose cost a tenant chooses: a pure function of plain values, which runs on the event loop if it is small and in a
 * worker otherwise.
 */
export type Evaluation =
  /** Compiles a definition for the sake of its problems. */
  | { kind: 'check'; definition: JudgedDefinition }
  | { kind: 'render'; definition: JudgedDefinition; context: string; known?: KnownFields | undefined }
  | { kind: 'answer'; answer: AnswerToRead };

export type EvaluationKind = Evaluation['kind'];

/** What the templates of a definition make of a context. */
export type Rendering = RenderedRequest | RefusedRequest | UnusableContext;

/** The context is no JSON object, or holds what cannot be kept. */
interface UnusableContext {
  kind: 'unusable_context';
  reason: string;
}

/** What an evaluation in a worker came to. An answer is read in pieces, and is joined from them. */
export type EvaluationResult =
  | { kind: 'check'; problems: readonly DefinitionProblem[] }
  | { kind: 'render'; rendering: Rendering }
  | { kind: 'answer' };

/** On whose behalf something is evaluated. */
export interface EvaluationOwner {
  /** Accounts take turns, and each pays for the time it uses. */
  accountId: string;
  /** Names a version of a definition: after it ran out of time once, it is evaluated after the others. */
  key: string;
}

/** How an evaluation in the pool ended. */
export type PoolOutcome =
  | {
      kind: 'done';
      result: EvaluationResult;
      pieces: readonly AnswerPiece[];
      usedMs: number;
      isLate: boolean;
    }
  /** Its thread was ended, because it took too much time or memory; what it had reported is kept. */
  | { kind: 'terminated'; pieces: readonly AnswerPiece[]; usedMs: number; reason: 'time' | 'memory' };

/** A task for a worker. */
export interface ToWorker {
  evaluation: Evaluation;
  /** CPU time after which what is left of an answer counts as timed out, in ms. */
  limitMs: number;
}

/** What a worker reports; one evaluation at a time, so none is named. */
export type FromWorker =
  | { kind: 'ready' }
  | { kind: 'piece'; piece: AnswerPiece }
  | {
      kind: 'done';
      result: EvaluationResult;
      /** CPU time of the worker's thread, in ms. */
      usedMs: number;
      /** Some of it ran out of time. */
      isLate: boolean;
    }
  /** An unexpected error. */
  | { kind: 'failed'; error: Error; usedMs: number };
