import { Type, type Static } from 'typebox';
import { type Limit, LIMITS } from '../limits.ts';
import { ExternalId, Name, Nullable, strict, Timestamp, Within } from './fields.ts';
import { NextCursor } from './pages.ts';

export const CreateAccount = Type.Object(
  {
    id: Type.Optional(ExternalId('Id that the workflow engine uses for the account; a new UUID if omitted.')),
    name: Name('Name that is shown to people.'),
  },
  strict,
);
export type CreateAccount = Static<typeof CreateAccount>;

export const Account = Type.Object({
  id: Type.String(),
  name: Type.String(),
  created_at: Timestamp('Time at which the account was created.'),
});
export type Account = Static<typeof Account>;

export const AccountList = Type.Object({
  data: Type.Array(Account, { description: 'Oldest first.' }),
  next_cursor: NextCursor,
});

export const PatchAccount = Type.Object(
  { name: Type.Optional(Name('Name that is shown to people.')) },
  strict,
);
export type PatchAccount = Static<typeof PatchAccount>;

/** The data that remains of a deleted account. */
export const DeletedAccount = Type.Object({
  id: Type.String({ description: 'Id of the deleted account; it cannot be used again.' }),
  deleted_at: Timestamp('Time at which the account was deleted.'),
  emptied_at: Nullable(
    Timestamp('Time at which the last rows of the account were removed; null while they are being removed.'),
  ),
});
export type DeletedAccount = Static<typeof DeletedAccount>;

export const DeletedAccountList = Type.Object({
  data: Type.Array(DeletedAccount, { description: 'Oldest deletion first.' }),
  next_cursor: NextCursor,
});

export const AccountParams = Type.Object({ id: ExternalId('Id of the account.') });

const limits = {
  max_in_flight: Nullable(
    Within(LIMITS.maxInFlight, {
      description:
        'Maximum number of calls in flight for the account (R-015); null applies HOOKLINE_ACCOUNT_MAX_IN_FLIGHT of the dispatcher.',
    }),
  ),
  max_in_flight_per_endpoint: Nullable(
    Within(LIMITS.maxInFlightPerEndpoint, {
      description:
        'Maximum number of calls in flight to one endpoint of the account (R-015); null applies HOOKLINE_ENDPOINT_MAX_IN_FLIGHT of the dispatcher.',
    }),
  ),
  rate_per_second: Nullable(
    Within(LIMITS.ratePerSecond, {
      description: 'Maximum number of calls per second for the account; null for no limit (R-017).',
    }),
  ),
  burst: Nullable(
    Within(LIMITS.burst, {
      description: 'Number of calls that the rate limit admits at the same time; null means one call.',
    }),
  ),
  paused_endpoints: Type.Array(Type.String({ pattern: '^[\\x21-\\x7e]{1,2048}$' }), {
    maxItems: 1_000,
    uniqueItems: true,
    description:
      'Paused endpoints (scheme, host, port and path of the URL template); their calls wait. An endpoint may be given in any spelling; responses always show the same spelling.',
  }),
  suspended: Type.Boolean({ description: 'If true, all calls of the account wait.' }),
};

const quota = (limit: Limit, counted: string) =>
  Nullable(
    Within(limit, {
      description: `${counted}; null applies the default of the deployment. Lowering it does not affect what already exists.`,
    }),
  );

const rate = (limit: Limit, counted: string) =>
  Nullable(
    Within(limit, {
      description: `${counted}. Each instance of the API counts separately and admits up to ten seconds' worth at the same time; null applies the default of the deployment.`,
    }),
  );

/** Quotas of the account: limits on what it may own and send. */
const quotas = {
  max_actions: quota(LIMITS.maxActions, 'Maximum number of webhook actions, not counting deleted ones'),
  max_definition_bytes: quota(
    LIMITS.maxDefinitionBytes,
    'Maximum total size of the definitions of all its actions, in bytes: URLs, headers, templates, mappings and sealed credentials',
  ),
  max_api_keys: quota(LIMITS.maxApiKeys, 'Maximum number of API keys, not counting revoked and expired ones'),
  api_requests_per_second: rate(
    LIMITS.apiRequestsPerSecond,
    'Requests per second to this API, except requests for executions; one key may make half of them',
  ),
  definition_changes_per_second: rate(
    LIMITS.definitionChangesPerSecond,
    'Requests per second that create, change or preview webhook actions or drafts, or pause or resume calls',
  ),
  executions_per_second: rate(LIMITS.executionsPerSecond, 'Executions requested per second over this API'),
  max_stored_bytes_per_day: Nullable(
    Within(LIMITS.maxStoredBytesPerDay, {
      description:
        'Maximum total size of the requests for executions that are accepted in a day (UTC), in bytes, however they are sent; further requests end with quota_exceeded. Null applies HOOKLINE_ACCOUNT_MAX_STORED_BYTES_PER_DAY of the dispatcher.',
    }),
  ),
};

/** PUT replaces all settings: a field that is omitted or null is reset to its default. */
export const ReplaceAccountSettings = Type.Partial(
  Type.Object({
    ...limits,
    ...quotas,
    account_id: Type.String({ description: 'Cannot be changed.' }),
    updated_at: Type.Unknown({
      description: 'Ignored; accepted so that settings that were read can be written back.',
    }),
  }),
  strict,
);
export type ReplaceAccountSettings = Static<typeof ReplaceAccountSettings>;

export const AccountSettingsView = Type.Object({
  account_id: Type.String(),
  ...limits,
  ...quotas,
  updated_at: Timestamp('Time of the last change to the settings.'),
});
export type AccountSettingsView = Static<typeof AccountSettingsView>;
