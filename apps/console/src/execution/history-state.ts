import type { ExecutionSearch } from '../executions/execution-search.ts';

declare module '@tanstack/history' {
  /** State that an entry of the browser's history has besides its address. */
  interface HistoryState {
    /** The list from which an execution was opened. */
    list?: ExecutionSearch;
    /** Whether the execution has just been requested. */
    isNew?: boolean;
  }
}
