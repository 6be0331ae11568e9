import { textsOf } from '../lists/text-search.ts';

const REASONS = [
  'unknown_schema',
  'undecodable',
  'bad_identity',
  'unusable_request',
  'processing_failed',
  'too_large',
  'not_storable',
  'unclassified',
] as const;

/** Filter of the dead letters, as query parameters of the page's address. */
interface DeadLetterSearch {
  reason?: (typeof REASONS)[number];
  account?: string;
}

export function readDeadLetterSearch(raw: Record<string, unknown>): DeadLetterSearch {
  const reason = REASONS.find((known) => known === raw['reason']);
  return { ...textsOf(raw, ['account']), ...(reason && { reason }) };
}
