/** A type of problem, as its page and the table in docs/reference/errors.md describe it. */
export interface ProblemType {
  /** HTTP status of the response. */
  status: number;
  /** Short summary, the `title` of the problem document. */
  title: string;
  /** Description of the problem, in a sentence or two. */
  meaning: string;
  /** Advice to the caller. */
  remedy: string;
  /** Example of a `detail`. */
  example: string;
}

/** Problems of history, definitions, executions, replay jobs and sessions of the console. */
export const STATE_PROBLEMS = {
  history_slow: {
    status: 503,
    title: 'History did not answer in time',
    meaning:
      'Searching the history took longer than a request may wait: the filter is too broad, or the database is under heavy load.',
    remedy: 'Narrow the filter, for example by a range of time, or try again after the time in Retry-After.',
    example: 'History did not answer in time; narrow the filter or try again later',
  },
  external_id_in_use: {
    status: 409,
    title: 'The external_id names another action',
    meaning: 'An action of the account has this external_id, in the workflow that the detail names.',
    remedy: 'Change that action with PUT, or choose another external_id.',
    example:
      'The external_id names an action of the workflow welcome; change that action with PUT, or choose another external_id',
  },
  precondition_failed: {
    status: 412,
    title: 'The object has changed since it was read',
    meaning:
      'The ETag in If-Match is not the current ETag of the definition or the draft, so nothing was changed.',
    remedy: 'Read the object again, reapply your change, and send the new ETag in If-Match.',
    example:
      'The object has changed since it was read; its ETag is now "3". Read it again, reapply your change, and send the new ETag in If-Match',
  },
  action_deleted: {
    status: 409,
    title: 'The webhook action was deleted',
    meaning: 'The action of the execution no longer exists, so a replay could call nothing.',
    remedy: 'Create the action again and request a new execution.',
    example:
      'The webhook action of this execution was deleted, so nothing can be called; create it again and request a new execution',
  },
  execution_not_ended: {
    status: 409,
    title: 'The execution has not ended',
    meaning: 'A replay could call the endpoint at the same time as the execution itself.',
    remedy: 'Wait for the execution to end, or cancel it.',
    example:
      'The execution is retrying, and its replay could call at the same time; wait for the execution to end, or cancel it',
  },
  already_ended: {
    status: 409,
    title: 'The execution has already ended',
    meaning: 'The execution has an outcome, which can no longer be changed.',
    remedy: 'Nothing is left to cancel; replay the execution if it should run again.',
    example: 'The execution has already ended: success',
  },
  no_original_definition: {
    status: 422,
    title: 'The original definition is not known',
    meaning: 'The execution made no attempt, or the version that it used is no longer stored.',
    remedy: 'Replay the execution with definition "current".',
    example:
      'Version 3 of the definition, which this execution used, is no longer stored; replay it with definition "current"',
  },
  credential_not_applicable: {
    status: 422,
    title: 'The stored credential belongs to another destination',
    meaning:
      'The original definition differs in origin or authentication from the definition for which the stored credential was saved.',
    remedy: 'Replay the execution with definition "current".',
    example:
      'The stored credential belongs to a destination that differs from that of the original definition (origin, authentication, header or certificate verification); replay it with definition "current"',
  },
  context_not_stored: {
    status: 422,
    title: 'The context is not stored',
    meaning:
      'History does not have the context of this execution, so it cannot be replayed with the same context.',
    remedy: 'Send a context in the replay.',
    example: 'The context of this execution is not stored; send a context in the field context',
  },
  replay_job_state: {
    status: 409,
    title: 'The job is in another state',
    meaning: 'The step is possible only in the states that the detail names.',
    remedy: 'Read the job, and take a step that its state permits.',
    example: 'The job is aborted; only a job that is planned or paused accepts start',
  },
  too_many_replay_jobs: {
    status: 409,
    title: 'The account has too many replay jobs',
    meaning: 'A job is being planned, the maximum number is running, or too many have not ended.',
    remedy: 'Wait for a job to end, or pause or abort a job, as the detail says.',
    example: '2 replay jobs of this account are running; wait for a job to end, or pause a job',
  },
  csrf: {
    status: 403,
    title: 'The token of the session is missing',
    meaning:
      'A request with the cookie of the console changes something, but does not repeat the token of its session.',
    remedy: 'Send the token of the session in x-hookline-csrf, or use an API key in Authorization.',
    example:
      'A request with the cookie of the console must repeat the token of its session in x-hookline-csrf',
  },
} as const satisfies Readonly<Record<string, ProblemType>>;
