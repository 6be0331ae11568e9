import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { TestCallInput } from '@hookline/shared/contracts/rest/test-calls';
import { parseMergeField } from '@hookline/template/merge-field';

export type SampleOverrides = NonNullable<TestCallInput['sample_data']>;
type Fields = Record<string, unknown>;

/** Whose sample it is: ids that the account knows read better in an answer than made-up ones. */
type SampleOwner = Pick<WebhookDefinition, 'accountId' | 'workflowId'>;

const MERGE_FIELD = /\{\{([^{}]*)\}\}/g;
const INDEX = /^[0-9]+$/;

/**
 * What the merge fields of a test call read: the built-in sample, field by field replaced by the overrides, and
 * a text made of its name for every other field that the definition uses, so that none is empty unawares.
 */
export function sampleData(
  definition: SampleOwner & Pick<WebhookDefinition, 'url' | 'headers' | 'payloadTemplate'>,
  overrides: SampleOverrides,
): Fields {
  const { url, headers, payloadTemplate } = definition;
  const templates = [url, ...Object.values(headers), payloadTemplate ?? ''];
  const builtIn = builtInSample(definition);
  const paths = templates.flatMap(fieldPaths).filter(([root = '']) => Object.hasOwn(builtIn, root));
  return merged(merged(placeholders(paths), builtIn), overrides);
}

function builtInSample({ accountId, workflowId }: SampleOwner): Fields {
  return {
    contact: {
      id: 'sample_contact',
      email: 'jane.doe@example.com',
      first_name: 'Jane',
      last_name: 'Doe',
      phone: '+12025550123',
      custom_fields: {},
    },
    workflow: { id: workflowId, name: 'Sample workflow' },
    execution: { id: 'sample_execution' },
    account: { id: accountId, name: 'Sample account' },
  };
}

/** Paths of the merge fields in a template. Items of arrays are omitted: what else the array holds is unknown. */
function fieldPaths(template: string): (readonly string[])[] {
  return [...template.matchAll(MERGE_FIELD)].flatMap(([, inner = '']) => {
    const field = parseMergeField(inner);
    const isPlain = field && field.path.length > 1 && !field.path.some((segment) => INDEX.test(segment));
    return isPlain ? [field.path] : [];
  });
}

/** One object with a text at the end of each path. If one path continues another, the shorter one counts. */
function placeholders(paths: readonly (readonly string[])[]): Fields {
  const all: Fields = {};
  for (const path of paths.toSorted((a, b) => a.length - b.length)) {
    let fields: unknown = all;
    for (const [depth, name] of path.entries()) {
      if (!isFields(fields)) break;
      const isLast = depth === path.length - 1;
      fields = fields[name] ??= isLast ? `sample_${name}` : {};
    }
  }
  return all;
}

/** Deep for objects on both sides; anything else in `over`, null too, takes the place of what was there. */
function merged(base: Readonly<Fields>, over: Readonly<Fields>): Fields {
  const entries = Object.entries(over).map(([name, value]) => {
    const there = Object.hasOwn(base, name) ? base[name] : undefined;
    return [name, isFields(there) && isFields(value) ? merged(there, value) : value];
  });
  return { ...base, ...(Object.fromEntries(entries) as Fields) };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
