import { describe, expect, it } from '@jest/globals';
import { DEAD_LETTER_REASON_CODES } from '@hookline/shared/contracts/dead-letter-reasons';
import { redriveTopic } from '@hookline/shared/contracts/redrive-topics';
import { allTopics } from '@hookline/shared/contracts/topics';
import { redriveRefusal, type RedriveCandidate } from './redrive-refusal.ts';

const codeOf = (overrides: Partial<RedriveCandidate>): string | null =>
  redriveRefusal({
    topic: 'webhook.requested',
    reason: 'unknown_schema',
    is_cut: false,
    redriven_at: null,
    ...overrides,
  })?.code ?? null;

describe('redriving a dead letter', () => {
  it('is refused for configuration and for unknown topics', () => {
    const sent = allTopics().filter(({ name }) => codeOf({ topic: name }) === null);
    const names = sent.map(({ name }) => (name.startsWith('webhook.delay.') ? 'webhook.delay.*' : name));
    expect([...new Set(names)].sort()).toEqual([
      'webhook.attempts',
      'webhook.commands',
      'webhook.completed',
      'webhook.delay.*',
      'webhook.delayed',
      'webhook.due',
      'webhook.requested',
    ]);
    expect(codeOf({ topic: 'unheard.of' })).toBe('not_redrivable');
  });

  it('is refused if the record would fail again or its execution was carried out', () => {
    const refused = DEAD_LETTER_REASON_CODES.filter((reason) => codeOf({ reason }) !== null);
    expect(refused).toEqual(['bad_identity', 'unusable_request', 'processing_failed', 'not_storable']);
    expect(codeOf({ topic: 'webhook.attempts', reason: 'not_storable' })).toBeNull();
  });

  it('is refused if the record was cut or already redriven; if both apply, as already redriven', () => {
    expect(codeOf({ is_cut: true })).toBe('dead_letter_cut');
    expect(codeOf({ is_cut: true, redriven_at: new Date(0) })).toBe('already_redriven');
  });

  it('sends a record from a lane back to webhook.delayed', () => {
    expect(redriveTopic('webhook.delay.15s')?.name).toBe('webhook.delayed');
    expect(redriveTopic('webhook.due')?.name).toBe('webhook.due');
  });
});
