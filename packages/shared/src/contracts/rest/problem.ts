import { Type, type Static } from 'typebox';

/** One invalid field. `field` is a path with dots, as in `auth_config.token`; `` is the body itself. */
export const FieldError = Type.Object({ field: Type.String(), message: Type.String() });
export type FieldError = Static<typeof FieldError>;

/** An error response: RFC 9457, `application/problem+json`. */
export const Problem = Type.Object(
  {
    type: Type.String({
      description: 'Always about:blank: status and code identify the problem (RFC 9457, section 4.2.1).',
    }),
    title: Type.String({ description: 'The name of the status.' }),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable name of the problem, for programs.' }),
    detail: Type.String({ description: 'What is wrong and what to do, for people.' }),
    errors: Type.Optional(Type.Array(FieldError, { description: 'Every invalid field.' })),
  },
  { description: 'Problem document (RFC 9457)' },
);
export type Problem = Static<typeof Problem>;
