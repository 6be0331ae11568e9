import { renderEnvironment } from './environment.ts';
import { renderErrors } from './errors.ts';
import { renderMergeFields } from './merge-fields.ts';
import { renderMetrics } from './metrics.ts';
import { renderOpenApi } from './openapi.ts';
import { renderTopics } from './topics.ts';

/** The pages of docs/reference, by file name, each with its renderer. */
export const REFERENCE_PAGES: Readonly<Record<string, () => Promise<string>>> = {
  'environment.md': renderEnvironment,
  'errors.md': renderErrors,
  'merge-fields.md': renderMergeFields,
  'metrics.md': renderMetrics,
  'openapi.json': renderOpenApi,
  'topics-and-events.md': renderTopics,
};
