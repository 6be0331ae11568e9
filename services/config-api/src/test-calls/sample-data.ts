import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { TestCallInput } from '@hookline/shared/contracts/rest/test-calls';
import { isRawNumber } from '@hookline/shared/contracts/lossless-json';
import { fieldsIn } from '@hookline/template/field-text';

export type SampleOverrides = NonNullable<TestCallInput['sample_data']>;
type Fields = Record<string, unknown>;

/**
 * Owner of a sample. The sample contains the ids of its owner, because a customer recognises its own ids in a result
 * more easily than invented ids.
 */
type SampleOwner = Pick<WebhookDefinition, 'accountId' | 'workflowId' | 'actionId'>;

const INDEX = /^[0-9]+$/;

/**
 * Builds the values for the merge fields of a test call. The values are the built-in sample with overrides
 * applied field by field. Every other field that the definition uses under the roots of the sample, except items of
 * arrays, gets a text derived from its name, so that it is not empty by accident.
 * @param executionId id of the test call, which is also in its webhook-id header
 */
export function sampleData(
  definition: SampleOwner & Pick<WebhookDefinition, 'url' | 'headers' | 'payloadTemplate'>,
  overrides: SampleOverrides,
  executionId: string,
): Fields {
  const { url, headers, payloadTemplate } = definition;
  const templates = [url, ...Object.values(headers), payloadTemplate ?? ''];
  const builtIn = builtInSample(definition, executionId);
  const paths = templates.flatMap(fieldPaths).filter(([root = '']) => Object.hasOwn(builtIn, root));
  return merged(merged(placeholders(paths), builtIn), overrides);
}

function builtInSample({ accountId, workflowId, actionId }: SampleOwner, executionId: string): Fields {
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
    execution: { id: executionId, action_id: actionId },
    account: { id: accountId, name: 'Sample account' },
  };
}

/**
 * Returns the paths of the merge fields in a template, except fields that are only a root, and items of arrays, because
 * the rest of the array is unknown.
 */
function fieldPaths(template: string): (readonly string[])[] {
  return fieldsIn(template)
    .map(({ path }) => path)
    .filter((path) => path.length > 1 && !path.some((segment) => INDEX.test(segment)));
}

/** Builds an object with a text at the end of each path. If one path extends another, the shorter path is used. */
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

/** Merges objects deeply; any other value in `over`, including null, replaces the value in `base`. */
function merged(base: Readonly<Fields>, over: Readonly<Fields>): Fields {
  const entries = Object.entries(over).map(([name, value]) => {
    const there = Object.hasOwn(base, name) ? base[name] : undefined;
    return [name, isFields(there) && isFields(value) ? merged(there, value) : value];
  });
  return { ...base, ...(Object.fromEntries(entries) as Fields) };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value);
}
