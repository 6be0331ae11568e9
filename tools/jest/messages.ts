import type { SerializableError, TestResult, V8CoverageResult } from '@jest/test-result';
import type { Config } from '@jest/types';

/** What every worker of a run is told first. */
export interface Setting {
  globalConfig: Config.GlobalConfig;
  projectConfig: Config.ProjectConfig;
}

/** What the runner asks of a worker, one at a time. */
export type Order =
  | { kind: 'set-up'; setting: Setting }
  | { kind: 'run'; path: string }
  | { kind: 'report-coverage' }
  | { kind: 'end' };

/** How a worker answers each order. */
export type Answer =
  | { kind: 'ready' }
  | { kind: 'ended' }
  | { kind: 'result'; result: TestResult }
  | { kind: 'coverage'; coverage: V8CoverageResult }
  | { kind: 'failed'; error: SerializableError };
