import { Type, type Static } from 'typebox';
import { HTTP_METHODS } from '../events.ts';
import { AuthConfig } from './auth-config.ts';
import { Nullable, OneOf, strict, Timestamp } from './fields.ts';
import { NextCursor } from './pages.ts';
import { signingInput } from './signing.ts';
import { ActionParams, WebhookAction } from './webhook-actions.ts';

const publishedAt = Timestamp('Time at which the version was published.');

/** A published version, without secrets. */
export const WebhookVersion = Type.Object({
  ...Type.Omit(WebhookAction, ['id', 'external_id', 'signing', 'warnings', 'created_at', 'updated_at'])
    .properties,
  action_id: Type.String(),
  signing: Type.Object({ enabled: Type.Boolean() }),
  published_at: publishedAt,
});
export type WebhookVersion = Static<typeof WebhookVersion>;

const WebhookVersionSummary = Type.Object({
  version: Type.Integer(),
  url: Type.String(),
  method: OneOf(HTTP_METHODS),
  enabled: Type.Boolean(),
  paused: Type.Boolean(),
  published_at: publishedAt,
});
export type WebhookVersionSummary = Static<typeof WebhookVersionSummary>;

export const WebhookVersionList = Type.Object({
  data: Type.Array(WebhookVersionSummary, {
    description:
      'Newest first. A replaced version is kept for the retention time of the history. The oldest versions are removed earlier if the action has more than 100, or if their total size exceeds eight times the size of the newest plus 128 KiB.',
  }),
  next_cursor: NextCursor,
});

export const VersionParams = Type.Object({
  ...ActionParams.properties,
  version: Type.String({ pattern: '^[1-9][0-9]{0,14}$', description: 'Version of the definition.' }),
});

export const CompareQuery = Type.Object(
  {
    with: Type.Optional(
      Type.String({
        pattern: '^(draft|published|[1-9][0-9]{0,14})$',
        description: 'Definition to compare with: a version, `published` (the default) or `draft`.',
      }),
    ),
  },
  strict,
);

/** Fields that differ between two definitions. */
export const WebhookComparison = Type.Object({
  before: Type.String({ description: 'The version in the path.' }),
  after: Type.String({
    description: 'The definition that `before` was compared with: a version, or `draft`.',
  }),
  changes: Type.Array(
    Type.Object({
      field: Type.String({ description: 'Path with dots, as in `headers.X-A` or `auth.type`.' }),
      before: Type.Unknown({ description: 'Value in the first definition; null if it has none.' }),
      after: Type.Unknown({ description: 'Value in the second definition; null if it has none.' }),
    }),
    {
      description:
        'Secrets are not compared; auth.credential_set and signing.enabled show whether they exist.',
    },
  ),
});
export type WebhookComparison = Static<typeof WebhookComparison>;

/** Optional body of a request to restore a version. */
export const RestoreVersion = Nullable(
  Type.Object(
    {
      auth_config: Type.Optional(
        Type.Object(AuthConfig.properties, {
          ...strict,
          description:
            'Secrets of the version; required if those stored now are of another kind or belong to another destination.',
        }),
      ),
      signing_secret: signingInput.signing_secret,
    },
    strict,
  ),
);
export type RestoreVersion = Static<typeof RestoreVersion>;
