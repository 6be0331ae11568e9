import { fieldsIn } from '@hookline/template/field-text';
import type { SampleData } from '../host/form-client.ts';
import type { FormState } from '../model/form-state.ts';

const ROOTS = ['contact', 'workflow', 'execution', 'account'] as const;
type Fields = Record<string, unknown>;

/**
 * Converts the sample of the preview for a test call, so that the call sends what the preview shows. The API fills
 * missing fields of a sample with placeholders, but leaves null fields empty; the preview leaves both empty. Therefore
 * each missing field that the definition uses is set to null.
 * @param context JSON text
 */
export function testSample(
  { url, headers, payload_template }: Pick<FormState, 'url' | 'headers' | 'payload_template'>,
  context: string,
): SampleData {
  const given = JSON.parse(context) as Fields;
  const sample: Fields = Object.fromEntries(
    ROOTS.map((root) => [root, isFields(given[root]) ? given[root] : {}]),
  );
  const templates = [url, payload_template, ...headers.map(({ value }) => value)];
  for (const { path } of templates.flatMap((template) => fieldsIn(template))) leaveEmpty(sample, path);
  return sample;
}

/** Sets the first missing part of a path to null. */
function leaveEmpty(sample: Fields, path: readonly string[]): void {
  const [root = ''] = path;
  if (path.length < 2 || !Object.hasOwn(sample, root)) return;
  let fields: unknown = sample;
  for (const name of path) {
    if (!isFields(fields)) return;
    if (!Object.hasOwn(fields, name)) {
      Object.defineProperty(fields, name, { value: null, enumerable: true });
      return;
    }
    fields = fields[name];
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
