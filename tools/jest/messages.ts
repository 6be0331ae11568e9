import type { SerializableError, TestResult, V8CoverageResult } from '@jest/test-result';
import type { Config } from '@jest/types';

/** Configuration of a run, the first message to every worker. */
export interface RunConfig {
  globalConfig: Config.GlobalConfig;
  projectConfig: Config.ProjectConfig;
}

/** Order from the runner to a worker. The runner sends the next order only after the worker has replied. */
export type WorkerOrder =
  | { kind: 'set-up'; setting: RunConfig }
  | { kind: 'run'; path: string }
  | { kind: 'report-coverage' }
  | { kind: 'end' };

/** Reply of a worker to an order. */
export type WorkerReply =
  | { kind: 'ready' }
  | { kind: 'ended' }
  | { kind: 'result'; result: TestResult }
  | { kind: 'coverage'; coverage: V8CoverageResult }
  | { kind: 'failed'; error: SerializableError };
