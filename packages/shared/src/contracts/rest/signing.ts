import { Type, type Static } from 'typebox';
import { LIMITS } from '../limits.ts';
import { Nullable, strict, Timestamp, Within } from './fields.ts';

/** Maximum length of a signing secret, and the default grace period of a rotation. */
export const SIGNING_LIMITS = {
  /** Length of `whsec_` and the base64 of 64 bytes. */
  secretChars: 94,
  gracePeriodSeconds: { default: 86_400 },
} as const;

const { secretChars, gracePeriodSeconds } = SIGNING_LIMITS;

/** A secret that the customer supplies. */
const ImportedSigningSecret = Type.Optional(
  Type.String({
    maxLength: secretChars,
    writeOnly: true,
    description:
      'Your own secret instead of a generated one: whsec_ and the base64 of 24 to 64 random bytes. Never returned.',
  }),
);

/** Fields of the body of POST and PUT. */
export const signingInput = {
  signing_enabled: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'Signs each attempt according to Standard Webhooks 1.0.0, with any auth_type. Only the response to the request that generates a signing_secret shows it. A change that sends true or omits the field keeps the secret, even if the URL changes; false deletes it.',
    }),
  ),
  signing_secret: ImportedSigningSecret,
} as const;

export const SigningView = Type.Object({
  enabled: Type.Boolean(),
  grace_until: Nullable(
    Timestamp(
      'Time until which attempts are also signed with the secrets from before the last rotation; null if only the newest secret signs.',
    ),
  ),
});

/** Part of the responses to requests that may generate a secret; no other response shows it. */
export const shownSigningSecret = {
  signing_secret: Type.Optional(
    Type.String({
      description:
        'The new signing secret, if one was generated. It is shown only once and cannot be read again.',
    }),
  ),
} as const;

/** Optional body of a request to rotate the signing secret. */
export const RotateSigningSecret = Nullable(
  Type.Object(
    {
      grace_period_seconds: Type.Optional(
        Within(LIMITS.gracePeriodSeconds, {
          default: gracePeriodSeconds.default,
          description:
            'Seconds for which attempts are also signed with the previous secrets, so that receivers can switch over; 0 stops using them immediately.',
        }),
      ),
      signing_secret: ImportedSigningSecret,
    },
    strict,
  ),
);
export type RotateSigningSecret = Static<typeof RotateSigningSecret>;
