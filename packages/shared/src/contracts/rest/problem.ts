import { Type, type Static } from 'typebox';

/** One invalid field. `field` is a path with dots, as in `auth_config.token`; empty for the body itself. */
export const FieldError = Type.Object({ field: Type.String(), message: Type.String() });
export type FieldError = Static<typeof FieldError>;

/** An error response: RFC 9457, `application/problem+json`. */
export const Problem = Type.Object(
  {
    type: Type.String({
      description: 'Type of the problem: the path of a page that explains it, `/problems/<code>`.',
    }),
    title: Type.String({ description: 'Short summary of the type.' }),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable, machine-readable name of the problem.' }),
    detail: Type.String({ description: 'Explanation for people: what is wrong and what to do.' }),
    errors: Type.Optional(Type.Array(FieldError, { description: 'Every invalid field.' })),
  },
  { description: 'Problem document (RFC 9457)' },
);
export type Problem = Static<typeof Problem>;
