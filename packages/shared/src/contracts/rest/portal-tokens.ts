import { Type, type Static } from 'typebox';
import { OneOf, strict, Timestamp } from './fields.ts';

/** Longest lifetime of a portal token, in seconds. */
const MAX_PORTAL_TOKEN_SECONDS = 3_600;

/** Scopes that a portal token may have: those of a key, except for managing keys. */
export const PORTAL_SCOPES = ['read', 'read:bodies', 'write', 'execute'] as const;
const PortalScope = OneOf(PORTAL_SCOPES);

export const CreatePortalToken = Type.Object(
  {
    scopes: Type.Array(PortalScope, {
      minItems: 1,
      uniqueItems: true,
      description: 'What the portal may do; only scopes that the API key has itself.',
    }),
    expires_in: Type.Optional(
      Type.Integer({
        minimum: 30,
        maximum: MAX_PORTAL_TOKEN_SECONDS,
        default: 600,
        description: 'Seconds for which the token works. The portal asks its page for a new one before that.',
      }),
    ),
    user: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          'Your id of the person who uses the portal. The audit log shows it with what they change.',
      }),
    ),
  },
  strict,
);
export type CreatePortalToken = Static<typeof CreatePortalToken>;

export const CreatedPortalToken = Type.Object({
  token: Type.String({
    description:
      'Sent as "Authorization: Bearer <token>". It ends with its time, and when the API key that made it is revoked.',
  }),
  expires_at: Timestamp('Time at which the token stops working.'),
});
export type CreatedPortalToken = Static<typeof CreatedPortalToken>;
