import { Type, type TSchema } from 'typebox';
import type { Limit } from '../limits.ts';

/** Building blocks of the REST schemas. JSON is in snake_case; times are RFC 3339 strings in UTC. */

/** Schema options of an object that rejects unknown properties. */
export const strict = { additionalProperties: false } as const;

export function Nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

/** A string enumeration, as a union type and as JSON Schema `enum`. */
export function OneOf<const T extends readonly string[]>(
  values: T,
  options: { description?: string; default?: T[number] } = {},
) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...options });
}

export const Timestamp = (description: string) => Type.String({ format: 'date-time', description });

/** An id that another system chooses: printable ASCII without spaces, at most 200 characters. */
export const ExternalId = (description: string) =>
  Type.String({ pattern: '^[\\x21-\\x7e]{1,200}$', description });

/** A one-line string for people to read. */
export const Name = (description: string) =>
  Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000-\\u001f]*$', description });

/** A map from string to string. */
export const TextMap = (options: { description: string; maxProperties?: number; maxLength?: number }) =>
  Type.Record(
    Type.String(),
    Type.String(options.maxLength === undefined ? {} : { maxLength: options.maxLength }),
    {
      description: options.description,
      ...(options.maxProperties === undefined ? {} : { maxProperties: options.maxProperties }),
    },
  );

/** A number within a limit. Its bounds also appear in the messages of a 422. */
export function Within(limit: Limit, options: { description?: string; default?: number } = {}) {
  const bounds = { minimum: limit.min, maximum: limit.max, ...options };
  return limit.whole ? Type.Integer(bounds) : Type.Number(bounds);
}
