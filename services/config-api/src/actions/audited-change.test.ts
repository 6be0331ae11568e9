import { expect, test } from '@jest/globals';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { aWebhookDefinition } from '@hookline/testkit/builders';
import { auditedChange } from './audited-change.ts';

const signing = { sealedSecrets: [Buffer.from('one')], graceUntil: null };
const rotated = { sealedSecrets: [Buffer.from('two'), Buffer.from('one')], graceUntil: 1 };

test.each<[string, Partial<WebhookDefinition>, Partial<WebhookDefinition>]>([
  ['webhook_action.update', {}, { url: 'https://example.com/other' }],
  ['webhook_action.update', {}, {}],
  ['webhook_action.update', { signing: null }, { signing }],
  ['webhook_action.update', { signing }, { signing: null }],
  ['webhook_action.update', { signing }, { signing: rotated, timeoutMs: 7_000 }],
  ['webhook_action.rotate_secret', { signing }, { signing: rotated }],
  ['webhook_action.pause', { paused: false }, { paused: true }],
  ['webhook_action.resume', { paused: true }, { paused: false }],
  ['webhook_action.delete', { paused: true }, { paused: false, deleted: true }],
])('records %s for the change from %j to %j', (action, before, after) => {
  const was = aWebhookDefinition({ timeoutMs: 5_000, ...before });
  const is = { ...was, ...after, version: was.version + 1, updatedAt: was.updatedAt + 1 };
  const stored = (definition: WebhookDefinition) => ({ definition, createdAt: 0, externalId: null });
  expect(auditedChange(stored(was), stored(is))).toBe(action);
});
