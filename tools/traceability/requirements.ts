/** A requirement or an acceptance scenario (docs/design/requirements.md) in a few words. */
export interface Demand {
  id: string;
  words: string;
}

export interface Requirement extends Demand {
  /** Acceptance scenarios that demonstrate it; empty if tests name the requirement itself. */
  scenarios: readonly string[];
}

export const REQUIREMENTS: readonly Requirement[] = [
  demand('R-001', 'A request event becomes an HTTP call, and its outcome an event', 'A-001 A-015'),
  demand('R-002', 'Methods; GET never has a body, DELETE only with a template', 'A-001 A-002'),
  demand('R-003', 'Custom headers, whose values may contain merge fields', 'A-003'),
  demand('R-004', 'JSON payload from a template whose fields may keep their type', 'A-001 A-024 A-026'),
  demand('R-005', 'Authentication: none, basic, bearer, API key, OAuth2; signing', 'A-004 A-005 A-006 A-007'),
  demand('R-006', 'A timeout for the whole call', 'A-008 A-009'),
  demand('R-007', 'Retries with growing waits, Retry-After, expiry', 'A-010 A-011 A-012 A-013 A-014'),
  demand('R-008', 'Every attempt is stored, with truncated bodies', 'A-015 A-016'),
  demand('R-009', 'Values extracted from the response by JSONPath', 'A-017 A-018'),
  demand('R-010', 'Error classes, and their messages for users', 'A-008 A-011 A-012 A-013 A-031 A-032'),
  demand('R-011', 'Certificates are verified, unless a webhook switches that off', 'A-019 A-032'),
  demand('R-012', 'No payload over 1 MiB'),
  demand(
    'R-013',
    'URLs are checked when they are configured and at every connect',
    'A-019 A-020 A-021 A-022 A-023',
  ),
  demand('R-014', 'Merge fields, escaped for their place', 'A-002 A-003 A-024 A-025 A-026'),
  demand('R-015', 'Limits on calls in flight; further calls wait', 'A-027 A-028'),
  demand('R-016', 'A circuit breaker for each endpoint'),
  demand('R-017', 'Rate limits of accounts and endpoints'),
  demand('R-018', 'Credentials are encrypted and never disclosed', 'A-004 A-030'),
  demand('R-019', 'REST API for configuration, test calls and history', 'A-029 A-030'),
  demand('R-020', 'History is stored for some days, then removed'),
  demand('R-021', 'Analytics and monitoring'),
  demand('R-022', 'A form for the workflow builder'),
  demand('R-023', 'No account can harm another', 'A-035 A-047'),
  demand('R-024', 'Engines in any language; unreadable records are reported', 'A-034 A-036'),
  demand('R-025', 'Retry schedules, and a choice of what is retried and what succeeds', 'A-046'),
  demand(
    'R-026',
    'Executions can be found, cancelled and replayed, one by one or in bulk',
    'A-038 A-039 A-040 A-041 A-042 A-045',
  ),
  demand('R-027', 'A console that shows what happened and why', 'A-044'),
];

export const ACCEPTANCE_SCENARIOS: readonly Demand[] = [
  { id: 'A-001', words: 'A POST carries the rendered JSON' },
  { id: 'A-002', words: 'A GET sends an encoded field in its query' },
  { id: 'A-003', words: 'Custom headers arrive rendered' },
  { id: 'A-004', words: 'Basic authentication; its secret appears nowhere' },
  { id: 'A-005', words: 'Bearer authentication' },
  { id: 'A-006', words: 'API key in its header' },
  { id: 'A-007', words: 'Exactly the specified headers' },
  { id: 'A-008', words: 'A silent endpoint: aborted at the timeout' },
  { id: 'A-009', words: 'A slow response within the timeout' },
  { id: 'A-010', words: 'Fails twice, then succeeds' },
  { id: 'A-011', words: 'A 404 is not retried' },
  { id: 'A-012', words: 'An unreachable host: four attempts' },
  { id: 'A-013', words: 'A 429 with Retry-After' },
  { id: 'A-014', words: 'Retries switched off' },
  { id: 'A-015', words: 'The stored parts of a response' },
  { id: 'A-016', words: 'A response over 10 KiB is cut' },
  { id: 'A-017', words: 'A value becomes a custom field' },
  { id: 'A-018', words: 'Several mappings, each logged' },
  { id: 'A-019', words: 'An https URL is accepted' },
  { id: 'A-020', words: 'An http URL is accepted with a warning' },
  { id: 'A-021', words: 'A private address is rejected' },
  { id: 'A-022', words: 'localhost is rejected' },
  { id: 'A-023', words: 'A text that is not a URL is rejected' },
  { id: 'A-024', words: 'Several fields in one text' },
  { id: 'A-025', words: 'A missing field is an empty text' },
  { id: 'A-026', words: 'Quotes and markup remain data' },
  { id: 'A-027', words: 'One call more than the account may have in flight' },
  { id: 'A-028', words: 'One call more than the endpoint may have in flight' },
  { id: 'A-029', words: 'A test call' },
  { id: 'A-030', words: 'A test call with merge fields' },
  { id: 'A-031', words: 'A name that does not resolve' },
  { id: 'A-032', words: 'A certificate that cannot be verified' },
];

/** Scenarios added from practical experience. Those without a test have not been implemented yet. */
export const SCENARIOS_FROM_USE: readonly Demand[] = [
  { id: 'A-033', words: 'A burst of 5,000 requests to one fast endpoint' },
  { id: 'A-034', words: 'Engines in five languages, with the fingerprints of their libraries' },
  { id: 'A-035', words: 'An account that does the worst that is allowed harms no other account' },
  { id: 'A-036', words: 'A record that cannot be read is reported, listed and redriven' },
  { id: 'A-037', words: 'A webhook that is read and written back unchanged' },
  { id: 'A-038', words: 'A failed execution replayed with edited input' },
  { id: 'A-039', words: 'An execution cancelled over REST while it waits' },
  { id: 'A-040', words: 'An endpoint paused by the customer and resumed' },
  { id: 'A-041', words: 'A bulk call with some invalid requests' },
  { id: 'A-042', words: 'The requests sent for one contact' },
  { id: 'A-043', words: 'The form sends what its preview showed' },
  { id: 'A-044', words: 'The page of an execution names each of its waits' },
  { id: 'A-045', words: 'A job that replays many failed executions' },
  { id: 'A-046', words: 'A retry schedule with waits of hours' },
  { id: 'A-047', words: 'Two accounts on one endpoint that ignores bodies' },
  { id: 'A-048', words: 'A stored credential is sent to no other origin' },
  { id: 'A-049', words: 'A Node-RED flow that is killed while it waits' },
  { id: 'A-050', words: 'Each alert fires, and its runbook resolves it' },
];

/** Scenarios that concern only the API: a test of the real config-api covers them completely. */
export const API_SCENARIOS: readonly string[] = ['A-019', 'A-020', 'A-021', 'A-022', 'A-023'];

function demand(id: string, words: string, scenarios = ''): Requirement {
  return { id, words, scenarios: scenarios === '' ? [] : scenarios.split(' ') };
}
