import { Type, type TSchema } from 'typebox';
import { EXTERNAL_ID_PATTERN } from '../canonical-id.ts';
import type { Limit } from '../limits.ts';

/** Building blocks of the REST schemas. JSON names are in snake_case; times are RFC 3339 strings in UTC. */

/** Option of an object that accepts no additional properties. */
export const strict = { additionalProperties: false } as const;

export function Nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

/** A string from a list, as a type and as a JSON Schema `enum`. */
export function OneOf<const T extends readonly string[]>(
  values: T,
  options: { description?: string; default?: T[number] } = {},
) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...options });
}

export const Timestamp = (description: string) => Type.String({ format: 'date-time', description });

/** An id chosen by another system: at most 200 characters, without control characters, not `.` or `..`. */
export const ExternalId = (description: string) => Type.String({ pattern: EXTERNAL_ID_PATTERN, description });

/** Header of a change that must not overwrite another change (RFC 9110, section 13.1.1). */
export const IfMatchHeaders = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      maxLength: 1_000,
      description:
        'The ETag that was read. If the current ETag differs, nothing is changed and the response is a 412; without the header, changes made in the meantime are overwritten.',
    }),
  ),
});

/** A one-line text for people. */
export const Name = (description: string) =>
  Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000-\\u001f]*$', description });

/** A map of strings. */
export const TextMap = (options: { description: string; maxProperties?: number; maxLength?: number }) =>
  Type.Record(
    Type.String(),
    Type.String(options.maxLength === undefined ? {} : { maxLength: options.maxLength }),
    {
      description: options.description,
      ...(options.maxProperties === undefined ? {} : { maxProperties: options.maxProperties }),
    },
  );

/** A number within a limit. The messages in a 422 response are derived from its bounds. */
export function Within(limit: Limit, options: { description?: string; default?: number } = {}) {
  const bounds = { minimum: limit.min, maximum: limit.max, ...options };
  return limit.whole ? Type.Integer(bounds) : Type.Number(bounds);
}
