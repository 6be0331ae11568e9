import type { ExecutionSearch } from '../executions/execution-search.ts';

declare module '@tanstack/history' {
  /** State of an entry in the browser's history, in addition to its address. */
  interface HistoryState {
    /** The list from which an execution was opened. */
    list?: ExecutionSearch;
    /** Whether the execution has just been requested. */
    isNew?: boolean;
  }
}
