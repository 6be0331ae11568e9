import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import { TEST_CALL_LIMITS, type TestCallInput } from '@hookline/shared/contracts/rest/test-calls';
import { isWithinDepth } from '@hookline/shared/contracts/json-depth';
import { parseJsonToWrite, stringifyJson } from '@hookline/shared/contracts/lossless-json';
import { sourceOf } from '../http/body-source.ts';
import type { Submission } from '../http/submission.ts';
import { actionIdOf } from '../actions/action-id.ts';
import { faultyFields } from '../actions/definition-input.ts';

/** Target of a test call, with its sample data. */
export type TestCallOrder = {
  workflowId: string | null;
  sampleData: NonNullable<TestCallInput['sample_data']>;
} & (
  | { kind: 'stored'; actionId: string; isDraft: boolean }
  /** The submitted definition, with the errors that were found in the whole body. */
  | { kind: 'unsaved'; definition: Submission }
);

/**
 * Reads the body of a test call.
 * @returns the order, or all errors if the body contains no definition that can be checked further
 */
export function readTestCall(
  accountId: string,
  { body, shapeErrors }: Submission,
): TestCallOrder | { errors: FieldError[] } {
  const faulty = faultyFields(shapeErrors);
  // The body itself is invalid, so there are no fields to read.
  if (faulty.has('')) return { errors: [...shapeErrors] };
  const {
    action_id,
    draft: isDraft = false,
    workflow_id,
    sample_data,
    ...definition
  } = body as TestCallInput;
  const sampleData = sample_data ?? {};
  const errors = [...shapeErrors, ...(faulty.has('sample_data') ? [] : sampleErrors(sampleData))];
  const common = { workflowId: workflow_id ?? null, sampleData };
  if (action_id === undefined) {
    if (isDraft) errors.push({ field: 'draft', message: 'requires action_id, which names the draft' });
    errors.push(...missingFields(definition));
    return { ...common, kind: 'unsaved', definition: { body: definition, shapeErrors: errors } };
  }
  for (const field of Object.keys(definition).filter((name) => !faulty.has(name))) {
    errors.push({ field, message: 'must not be sent with action_id, which names a whole definition' });
  }
  if (errors.length > 0) return { errors };
  return { ...common, kind: 'stored', actionId: actionIdOf(accountId, action_id), isDraft };
}

/**
 * Keeps the text of the numbers in the sample data of a body, because the data is merged before it is written as JSON.
 * Reads the data once more, so call it only after the size has been checked and the call has been counted.
 */
export function withNumberTexts(sampleData: TestCallOrder['sampleData']): TestCallOrder['sampleData'] {
  const source = sourceOf(sampleData);
  return source === undefined ? sampleData : (parseJsonToWrite(source) as TestCallOrder['sampleData']);
}

function missingFields(definition: Partial<Pick<TestCallInput, 'url' | 'method'>>): FieldError[] {
  return (['url', 'method'] as const)
    .filter((field) => definition[field] === undefined)
    .map((field) => ({ field, message: 'is required without action_id' }));
}

function sampleErrors(sampleData: object): FieldError[] {
  const { sampleDataBytes, sampleDataDepth } = TEST_CALL_LIMITS;
  if (!isWithinDepth(sampleData, sampleDataDepth)) {
    return [{ field: 'sample_data', message: `is nested deeper than ${sampleDataDepth} levels` }];
  }
  const isTooLarge = Buffer.byteLength(stringifyJson(sampleData)) > sampleDataBytes;
  return isTooLarge ? [{ field: 'sample_data', message: 'is larger than 1 MiB' }] : [];
}
