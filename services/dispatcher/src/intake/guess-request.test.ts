import { describe, expect, it } from '@jest/globals';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { WebhookRequested } from '@hookline/shared/contracts/events';
import { aWebhookDefinition, aWebhookRequested } from '@hookline/testkit/builders';
import * as fc from 'fast-check';
import { guessRequest } from './guess-request.ts';

const DEFINITION = aWebhookDefinition({ accountId: 'account_1', workflowId: 'workflow_1' });
const REQUEST = aWebhookRequested({
  accountId: 'account_1',
  workflowId: 'workflow_1',
  actionId: DEFINITION.actionId,
});

/** Encodes a request with an unknown fingerprint. */
function foreign(overrides: Partial<WebhookRequested> = {}): Buffer {
  const bytes = encodeEvent('WebhookRequested', { ...REQUEST, ...overrides });
  bytes.fill(0x77, 2, 10);
  return bytes;
}

function guess(bytes: Buffer, definition = DEFINITION): WebhookRequested | null {
  return guessRequest(bytes, (actionId) => (actionId === definition.actionId ? definition : undefined));
}

describe('the request behind bytes of an unknown schema', () => {
  it('is read if the bytes match the newest schema', () => {
    expect({ ...guess(foreign()) }).toEqual(REQUEST);
  });

  it.each([
    ['bytes follow it', Buffer.concat([foreign(), Buffer.alloc(1)])],
    ['bytes are missing', foreign().subarray(0, -1)],
    ['there is no marker', foreign().fill(0, 0, 2)],
    ['there is only a header', foreign().subarray(0, 10)],
    ['there are no bytes', Buffer.alloc(0)],
    ['its executionId is not a UUID', foreign({ executionId: 'run-7' })],
    ['its accountId contains a blank', foreign({ accountId: 'account 1' })],
    ['two ids are swapped', foreign({ accountId: 'workflow_1', workflowId: 'account_1' })],
    ['its action is unknown', foreign({ actionId: 'another' })],
    ['its time is implausible', foreign({ requestedAt: 12 })],
    ['its context is not JSON', foreign({ context: 'hello' })],
    ['it would be refused', foreign({ metadata: { large: 'x'.repeat(300_000) } })],
  ])('is not guessed if %s', (_, bytes) => {
    expect(guess(bytes)).toBeNull();
  });

  it('is not guessed if the action belongs to another account', () => {
    expect(guess(foreign(), { ...DEFINITION, accountId: 'account_2' })).toBeNull();
  });

  it('is not guessed from arbitrary bytes', () => {
    const header = foreign().subarray(0, 10);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (datum) => {
        expect(guess(Buffer.concat([header, datum]))).toBeNull();
      }),
    );
  });
});
