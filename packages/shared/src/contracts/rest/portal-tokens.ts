import { Type, type Static } from 'typebox';
import { OneOf, strict, Timestamp } from './fields.ts';

/** Maximum lifetime of a portal token, in seconds. */
const MAX_PORTAL_TOKEN_SECONDS = 3_600;

/** Scopes that a portal token may have: those of a key, except `admin`. */
export const PORTAL_SCOPES = ['read', 'read:bodies', 'write', 'execute'] as const;
const PortalScope = OneOf(PORTAL_SCOPES);

export const CreatePortalToken = Type.Object(
  {
    scopes: Type.Array(PortalScope, {
      minItems: 1,
      uniqueItems: true,
      description: 'Permissions of the portal; only scopes that the API key has itself.',
    }),
    expires_in: Type.Optional(
      Type.Integer({
        minimum: 30,
        maximum: MAX_PORTAL_TOKEN_SECONDS,
        default: 600,
        description:
          'Lifetime of the token in seconds. Before it expires, the portal requests a new one from the page that embeds it.',
      }),
    ),
    user: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          'Your id for the person who uses the portal. The audit log shows it with the changes of that person.',
      }),
    ),
  },
  strict,
);
export type CreatePortalToken = Static<typeof CreatePortalToken>;

export const CreatedPortalToken = Type.Object({
  token: Type.String({
    description:
      'Send it as "Authorization: Bearer <token>". It stops working when it expires, or when the API key that created it expires or is revoked.',
  }),
  expires_at: Timestamp('Time at which the token stops working.'),
});
export type CreatedPortalToken = Static<typeof CreatedPortalToken>;
