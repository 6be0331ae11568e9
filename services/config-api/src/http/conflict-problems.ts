import type { ProblemType } from './problem-type.ts';

/** Problems with the state of an object, a quota or an earlier request. */
export const CONFLICT_PROBLEMS = {
  conflict: {
    status: 409,
    title: 'Not possible in the current state',
    meaning:
      'The object is in a state that does not allow this, or another request changed it at the same time.',
    remedy: 'Read the object again and decide whether the request is still needed.',
    example: 'The action was changed by another request at the same time; read it and try again',
  },
  account_suspended: {
    status: 409,
    title: 'The account is suspended',
    meaning: 'The operator has suspended the account, so no calls are made for it.',
    remedy: 'Ask the operator. Executions wait and continue once the account is no longer suspended.',
    example: 'The account is suspended, so it cannot make calls',
  },
  already_redriven: {
    status: 409,
    title: 'The dead letter was redriven before',
    meaning: 'A dead letter is redriven once; if the record failed again, it has a new dead letter.',
    remedy: 'Look for the newer dead letter of the same execution.',
    example: 'It was sent again at 2026-11-02T08:15:00.000Z; if it failed again, it has a new dead letter',
  },
  dead_letter_cut: {
    status: 409,
    title: 'The dead letter is incomplete',
    meaning: 'The record was too large to be kept whole, so it cannot be redriven.',
    remedy: 'Publish the record again from its source.',
    example: 'Only the beginning of the record is kept; publish the record again from its source',
  },
  not_redrivable: {
    status: 409,
    title: 'The dead letter cannot be redriven',
    meaning: 'The same record would fail again, or would do harm; the detail says which.',
    remedy: 'Do what the detail says instead.',
    example: 'The record is over the size limit of its topic; raise the limit, then redrive it again',
  },
  quota_exceeded: {
    status: 409,
    title: 'A quota of the account is used up',
    meaning: 'The account owns as much as it may, for instance of actions or API keys.',
    remedy: 'Delete what is no longer needed, or ask the operator to raise the quota that the detail names.',
    example: 'The account has 20 API keys, and its quota is 20. Revoke keys that are no longer used',
  },
  secret_not_opened: {
    status: 409,
    title: 'A stored secret cannot be opened',
    meaning: 'The secret is bound to another destination, or the key that sealed it is gone.',
    remedy: 'Send the secret again in auth_config.',
    example: 'The stored secret cannot be opened; send it again in auth_config',
  },
  idempotency_key_in_use: {
    status: 409,
    title: 'The first request with this Idempotency-Key is still in progress',
    meaning: 'A request with this key was received before and has not been answered yet.',
    remedy:
      'Send the request again after the time in Retry-After; it then gets the response of the first one.',
    example: 'A request with this Idempotency-Key is in progress; send it again in 1 s to get its response',
  },
  idempotency_outcome_unknown: {
    status: 409,
    title: 'It is not known whether the first request took effect',
    meaning:
      'The instance that handled the first request with this Idempotency-Key stopped before it answered. The request is not carried out again, because it may have taken effect.',
    remedy:
      'Read the object that the request concerns. If nothing was done, send the request with a new key.',
    example:
      'The first request with this Idempotency-Key ended without a response, so it may have taken effect; look, and use a new key if it has not',
  },
  idempotent_response_sealed: {
    status: 409,
    title: 'The stored response can be read only with the API key that made the request',
    meaning:
      'The request was carried out before. Its response is encrypted under the API key that was used then, and this request used another one.',
    remedy: 'Send the request with the same API key, or read the object that it concerns.',
    example: 'This request was carried out before; only the API key that was used then can read its response',
  },
  idempotent_response_not_kept: {
    status: 409,
    title: 'The response of the first request was not kept',
    meaning: 'The request was carried out before. Its response was too large to be kept.',
    remedy: 'Read the object that the request concerns.',
    example: 'This request was carried out before; its response was too large to be kept',
  },
} as const satisfies Readonly<Record<string, ProblemType>>;
