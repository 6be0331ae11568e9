import { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';
import type { V8CoverageResult } from '@jest/test-result';
import { shouldInstrument } from '@jest/transform';
import type { RunConfig } from './messages.ts';

/**
 * Records which parts of the sources run in this process. Node replaces types with spaces, so offsets match the files
 * and no source map is needed.
 */
export class CoverageCollector {
  readonly #setting: RunConfig;
  readonly #session = new Session();

  private constructor(setting: RunConfig) {
    this.#setting = setting;
  }

  static async start(setting: RunConfig): Promise<CoverageCollector> {
    const collector = new CoverageCollector(setting);
    collector.#session.connect();
    await collector.#session.post('Profiler.enable');
    await collector.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    return collector;
  }

  /** Returns the coverage, since `start`, of the files that `collectCoverageFrom` selects. */
  async take(): Promise<V8CoverageResult> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    return result
      .filter(({ url }) => url.startsWith('file://'))
      .map((script) => ({ ...script, url: fileURLToPath(script.url) }))
      .filter(({ url }) => this.#counts(url))
      .map((script) => ({ codeTransformResult: undefined, result: script }));
  }

  #counts(path: string): boolean {
    const { globalConfig, projectConfig } = this.#setting;
    const { collectCoverage, collectCoverageFrom, coverageProvider, rootDir } = globalConfig;
    const options = { collectCoverage, collectCoverageFrom, coverageProvider, globalRootDir: rootDir };
    return shouldInstrument(path, options, projectConfig);
  }
}
