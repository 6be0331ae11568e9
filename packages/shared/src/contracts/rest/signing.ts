import { Type, type Static } from 'typebox';
import { LIMITS } from '../limits.ts';
import { Nullable, strict, Timestamp, Within } from './fields.ts';

/** Bounds of the rotation of a signing secret. */
export const SIGNING_LIMITS = {
  /** `whsec_` and the base64 of 64 bytes. */
  secretChars: 94,
  gracePeriodSeconds: { default: 86_400 },
} as const;

const { secretChars, gracePeriodSeconds } = SIGNING_LIMITS;

/** A secret that the customer brings along. */
export const ImportedSigningSecret = Type.Optional(
  Type.String({
    maxLength: secretChars,
    writeOnly: true,
    description:
      'A secret of your own instead of a new one: whsec_ and the base64 of 24 to 64 random bytes. Never returned.',
  }),
);

/** Fields of the body of POST and PUT. */
export const signingInput = {
  signing_enabled: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'Sign each attempt after Standard Webhooks 1.0.0, whatever the auth_type. The answer that switches it on shows the new signing_secret, once. A PUT with true keeps the secret, also when the URL changes; with false, or without the field, it drops it.',
    }),
  ),
  signing_secret: ImportedSigningSecret,
} as const;

export const SigningView = Type.Object({
  enabled: Type.Boolean(),
  grace_until: Nullable(
    Timestamp('Until then attempts are signed with the secrets before the last rotation too; null: never.'),
  ),
});

/** The one answer that shows a secret which was made here. */
export const shownSigningSecret = {
  signing_secret: Type.Optional(
    Type.String({
      description: 'The new signing secret, if one was made. It is shown this once and cannot be read again.',
    }),
  ),
} as const;

/** Body of a rotation; it may be left out whole. */
export const RotateSigningSecret = Nullable(
  Type.Object(
    {
      grace_period_seconds: Type.Optional(
        Within(LIMITS.gracePeriodSeconds, {
          default: gracePeriodSeconds.default,
          description:
            'How long attempts are signed with the secrets before too, so that receivers can change over; 0: not at all.',
        }),
      ),
      signing_secret: ImportedSigningSecret,
    },
    strict,
  ),
);
export type RotateSigningSecret = Static<typeof RotateSigningSecret>;
