import { Type, type Static } from 'typebox';
import { LIMITS } from '../limits.ts';
import { Nullable, OneOf, strict, Timestamp, Within } from './fields.ts';
import { WebhookActionInput } from './webhook-actions.ts';

/** Limits of previews (ADR 37). */
export const PREVIEW_LIMITS = {
  defaultExecutions: 10,
  /** Maximum total size of the contexts that a preview reads, in bytes. */
  bytes: 8 * 1_048_576,
  /** Time after which no further execution is compared. */
  durationMs: 10_000,
  /** Maximum number of bytes that are shown of a header's or a mapping's value. */
  valueBytes: 512,
} as const;

const PREVIEW_RESULTS = [
  'same',
  'different',
  'no_longer_renders',
  'renders_again',
  'never_rendered',
  'not_compared',
] as const;

/** Optional body of a request for a preview. */
export const PreviewWebhook = Nullable(
  Type.Object(
    {
      executions: Type.Optional(
        Within(LIMITS.previewExecutions, {
          default: PREVIEW_LIMITS.defaultExecutions,
          description: 'Number of past executions of the action, newest first, whose contexts are rendered.',
        }),
      ),
      definition: Type.Optional(
        Type.Object(
          Type.Omit(WebhookActionInput, ['auth_type', 'auth_config', 'signing_secret']).properties,
          {
            ...strict,
            description: 'Definition to preview instead of the draft, without authentication.',
          },
        ),
      ),
    },
    strict,
  ),
);
export type PreviewWebhook = Static<typeof PreviewWebhook>;

const side = (description: string) => Nullable(Type.String({ description }));

const PreviewedExecution = Type.Object({
  execution_id: Type.String(),
  accepted_at: Timestamp('Time at which the execution was accepted.'),
  result: OneOf(PREVIEW_RESULTS, {
    description:
      'Whether the request for this context differs from that of the published definition; for not_compared, `reason` gives the cause.',
  }),
  reason: Nullable(
    Type.String({ description: 'Reason why the draft renders no request, or why nothing was compared.' }),
  ),
  changes: Type.Array(
    Type.Object({
      part: Type.String({ description: '`method`, `url`, `headers.<name>` or `body`.' }),
      before: side('Null if the published definition has none.'),
      after: side('Null if the draft has none.'),
    }),
    { description: 'Redacted and cut as in the history; header values are cut to 512 bytes.' },
  ),
  bodies: Type.Boolean({
    description: 'Whether bodies were compared and shown; false if the webhook or the execution stores none.',
  }),
  mapping_changes: Type.Array(
    Type.Object({
      target: Type.String(),
      before: Type.Unknown({ description: 'Value, or null.' }),
      before_error: Nullable(Type.String()),
      after: Type.Unknown({ description: 'Value, or null.' }),
      after_error: Nullable(Type.String()),
    }),
    { description: 'Mappings whose results for the stored response differ.' },
  ),
});
export type PreviewedExecution = Static<typeof PreviewedExecution>;

export const WebhookPreview = Type.Object({
  data: Type.Array(PreviewedExecution, { description: 'Newest first.' }),
  warnings: Type.Array(Type.String(), { description: 'Limitations of this preview.' }),
});
export type WebhookPreview = Static<typeof WebhookPreview>;
