import type { DefinitionProblem } from '../definition-problem.ts';
import type { RefusedRequest } from '../outcome/classify.ts';
import type { RenderedRequest } from '../request/render-request.ts';
import type { JudgedDefinition } from './judged-definition.ts';
import type { KnownFields } from './known-fields.ts';
import type { AnswerPiece, AnswerToRead } from './read-answer.ts';

/**
 * Work whose cost depends on input that an account chooses. It is a pure function of plain values, and runs on the
 * event loop if it is small and in a worker thread otherwise.
 */
export type Evaluation =
  /** Compiles a definition only to list its problems. */
  | { kind: 'check'; definition: JudgedDefinition }
  | { kind: 'render'; definition: JudgedDefinition; context: string; known?: KnownFields | undefined }
  | { kind: 'answer'; answer: AnswerToRead };

export type EvaluationKind = Evaluation['kind'];

/** Result of rendering a definition with a context. */
export type Rendering = RenderedRequest | RefusedRequest | UnusableContext;

/** The context is not a JSON object, is nested too deeply, or contains an integer that is too long. */
interface UnusableContext {
  kind: 'unusable_context';
  reason: string;
}

/** Result of an evaluation in a worker; empty for an answer, which is reported in pieces instead. */
export type EvaluationResult =
  | { kind: 'check'; problems: readonly DefinitionProblem[] }
  | { kind: 'render'; rendering: Rendering }
  | { kind: 'answer' };

/** The account and the definition for which something is evaluated. */
export interface EvaluationOwner {
  /** Accounts take turns, and each is charged for the CPU time it uses. */
  accountId: string;
  /** Identifies a version of a definition. A version that has run out of time or memory has a lower priority. */
  key: string;
  /**
   * Whether even small renderings and answers run in the pool: set if one API request causes so many evaluations that
   * together they would block the event loop for too long.
   */
  poolOnly?: boolean;
}

/** Outcome of an evaluation in the pool. */
export type PoolOutcome =
  | {
      kind: 'done';
      result: EvaluationResult;
      pieces: readonly AnswerPiece[];
      usedMs: number;
      isLate: boolean;
    }
  /**
   * The thread was terminated because the evaluation used too much time or memory; `pieces` contains the pieces that
   * it had reported before.
   */
  | { kind: 'terminated'; pieces: readonly AnswerPiece[]; usedMs: number; reason: 'time' | 'memory' };

/** A task for a worker. */
export interface ToWorker {
  evaluation: Evaluation;
  /** CPU time after which the rest of an answer counts as timed out, in ms. */
  limitMs: number;
}

/** A report of a worker. A worker runs one evaluation at a time, so reports contain no id. */
export type FromWorker =
  /** `linuxId` is the id that Linux has assigned to the thread; null on other systems, or if a sandbox hides it. */
  | { kind: 'ready'; linuxId: number | null }
  | { kind: 'piece'; piece: AnswerPiece }
  | {
      kind: 'done';
      result: EvaluationResult;
      /** CPU time that the evaluation used, in ms. */
      usedMs: number;
      /** Whether parts of the evaluation ran out of time. */
      isLate: boolean;
    }
  /** An unexpected error. */
  | { kind: 'failed'; error: Error; usedMs: number };
