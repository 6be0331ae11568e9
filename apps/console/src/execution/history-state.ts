import type { ExecutionSearch } from '../executions/execution-search.ts';

declare module '@tanstack/history' {
  /** What an entry of the browser's history carries beside its address. */
  interface HistoryState {
    /** The list from which an execution was opened. */
    list?: ExecutionSearch;
    /** The execution has just been requested. */
    isNew?: boolean;
  }
}
