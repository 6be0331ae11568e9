import avro from 'avsc';
import { readItems, setOwn, type Reader, type Tap } from './avro-types.ts';

/**
 * Schema resolution (Avro 1.12, "Schema Resolution") where avsc does less than the specification: a writer's union is
 * resolved by the branch that was written, so other branches may be unreadable, and named types match by their
 * unqualified names. Implemented with closures: no code is generated from a writer's schema, because anyone who may
 * write to `webhook.schemas` can choose it.
 */

type Read = (tap: CountedTap) => unknown;
type Skip = (tap: CountedTap) => void;
interface Step {
  into: number | undefined;
  read: Read;
}

/** A tap that counts the values read from it, because values such as null occupy no bytes. */
interface CountedTap extends Tap {
  values?: number;
}

/**
 * Maximum number of values in a datum, in addition to one value for each byte. Without this limit, nested records of
 * nulls could keep the process busy indefinitely.
 */
const MAX_VALUES_WITHOUT_BYTES = 10_000;

/**
 * Returns a decoder of data written with another schema.
 * @returns a function that throws an Error if the bytes do not fit the writer's schema, or a value does not fit the
 *   reader's
 * @throws Error that names the field if no value of the writer's schema fits the reader's
 */
export function resolvingDecoder(writer: avro.Type, reader: avro.Type): (datum: Buffer) => unknown {
  const read = new Resolution().readerOf(writer, reader, reader.name ?? 'value');
  const resolver = { _readerType: reader, _read: read } as unknown as avro.Type;
  return (datum) => reader.fromBuffer(datum, resolver) as unknown;
}

/** Resolves each pair of records once, so that repeating a type in a schema costs nothing extra. */
class Resolution {
  readonly #records = new Map<avro.Type, Map<avro.Type, Read>>();
  readonly #skips = new Map<avro.Type, Skip>();

  /** @param where name of the field, for errors */
  readerOf(writer: avro.Type, reader: avro.Type, where: string): Read {
    if (isUnion(writer)) return this.#anyBranch(writer.types, reader, where);
    if (isUnion(reader)) return this.#firstMatch(writer, reader.types, where);
    if (isMap(writer) && isMap(reader))
      return readMap(this.readerOf(writer.valuesType, reader.valuesType, where));
    if (isArray(writer) && isArray(reader))
      return readArray(this.readerOf(writer.itemsType, reader.itemsType, where));
    if (isRecord(writer) && isRecord(reader)) return this.#record(writer, reader);
    return leaf(writer, reader, where);
  }

  /** Reads a value of the writer's union by the branch that was written; fails only if that branch cannot be read. */
  #anyBranch(branches: readonly avro.Type[], reader: avro.Type, where: string): Read {
    const outcomes = branches.map((branch) => attempt(() => this.readerOf(branch, reader, where)));
    const failures = outcomes.filter((outcome) => outcome instanceof Error);
    if (failures.length === branches.length) throw failures[0] ?? new Error(`${where}: the union is empty`);
    const reads = outcomes.map((outcome) => (outcome instanceof Error ? failing(outcome) : outcome));
    return (tap) => branchAt(reads, tap)(tap);
  }

  #firstMatch(writer: avro.Type, branches: readonly avro.Type[], where: string): Read {
    for (const branch of branches) {
      const read = attempt(() => this.readerOf(writer, branch, where));
      if (!(read instanceof Error)) return read;
      if (sameName(writer, branch)) throw read;
    }
    throw mismatch(writer, branches.map(describe).join(' or '), where);
  }

  #record(writer: avro.types.RecordType, reader: avro.types.RecordType): Read {
    if (!sameName(writer, reader)) throw mismatch(writer, describe(reader), reader.name ?? 'value');
    const known = this.#records.get(writer)?.get(reader);
    if (known) return known;
    const steps = this.#stepsOf(writer, reader);
    const Instance = reader.recordConstructor as new (...values: unknown[]) => unknown;
    const width = reader.fields.length;
    const read: Read = (tap) => {
      const values = Array.from<unknown>({ length: width });
      for (const { into, read } of steps) {
        countValue(tap);
        const value = read(tap);
        if (into !== undefined) values[into] = value;
      }
      return new Instance(...values);
    };
    this.#records.set(writer, (this.#records.get(writer) ?? new Map<avro.Type, Read>()).set(reader, read));
    return read;
  }

  /** Returns the steps that read each field, in the writer's order; `into` is the reader's field, if there is one. */
  #stepsOf(writer: avro.types.RecordType, reader: avro.types.RecordType): Step[] {
    const fieldIndex = new Map<string, number>();
    for (const [index, field] of reader.fields.entries()) {
      const name = [field.name, ...field.aliases].find((one) => writer.fields.some((f) => f.name === one));
      if (name !== undefined) fieldIndex.set(name, index);
      else if (field.defaultValue() === undefined)
        throw new Error(`${describe(writer)} has no field ${field.name}, which has no default`);
    }
    return writer.fields.map((field) => {
      const into = fieldIndex.get(field.name);
      const target = into === undefined ? undefined : reader.fields[into];
      if (!target) return { into: undefined, read: this.#skip(field.type) };
      return { into, read: this.readerOf(field.type, target.type, field.name) };
    });
  }

  #skip(type: avro.Type): Skip {
    const known = this.#skips.get(type);
    if (known) return known;
    // Registered before it is built, because a writer's records may contain themselves.
    let built: Skip | undefined;
    this.#skips.set(type, (tap) => built?.(tap));
    built = this.#newSkip(type);
    this.#skips.set(type, built);
    return built;
  }

  #newSkip(type: avro.Type): Skip {
    if (isUnion(type)) {
      const skips = type.types.map((branch) => this.#skip(branch));
      return (tap) => branchAt(skips, tap)(tap);
    }
    if (isMap(type) || isArray(type)) {
      const skipItem = this.#skip(isMap(type) ? type.valuesType : type.itemsType);
      return (tap) =>
        readItems(tap, () => {
          countValue(tap);
          if (isMap(type)) tap.skipString();
          skipItem(tap);
        });
    }
    if (!isRecord(type)) return (tap) => (type as unknown as Reader)._skip(tap);
    const skips = type.fields.map((field) => this.#skip(field.type));
    return (tap) => {
      for (const skip of skips) {
        countValue(tap);
        skip(tap);
      }
    };
  }
}

function readMap(readValue: Read): Read {
  return (tap) => {
    const map: Record<string, unknown> = {};
    readItems(tap, () => setOwn(map, tap.readString(), readValue(tap)));
    return map;
  };
}

function readArray(readItem: Read): Read {
  return (tap) => {
    const items: unknown[] = [];
    readItems(tap, () => items.push(readItem(tap)));
    return items;
  };
}

/** Leaves primitives with their promotions, enums and fixed to avsc, which follows the specification. */
function leaf(writer: avro.Type, reader: avro.Type, where: string): Read {
  const resolver = attempt(
    () => reader.createResolver(writer, { ignoreNamespaces: true }) as unknown as Reader,
  );
  if (resolver instanceof Error) throw mismatch(writer, describe(reader), where);
  return (tap) => resolver._read(tap);
}

/** Reads the index of the branch of a union that was written. */
function branchAt<T>(branches: readonly T[], tap: CountedTap): T {
  const index = tap.readLong();
  const branch = branches[index];
  if (branch === undefined) throw new Error(`invalid union index: ${index}`);
  return branch;
}

function countValue(tap: CountedTap): void {
  tap.values = (tap.values ?? 0) + 1;
  if (tap.values > tap.buf.length + MAX_VALUES_WITHOUT_BYTES)
    throw new Error('too many values that take up no bytes');
}

function attempt<T>(make: () => T): T | Error {
  try {
    return make();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function failing(error: Error): Read {
  return () => {
    throw error;
  };
}

function mismatch(writer: avro.Type, wanted: string, where: string): Error {
  return new Error(`${where}: ${describe(writer)} was written where ${wanted} is read`);
}

function describe(type: avro.Type): string {
  return type.name === undefined ? type.typeName : `${type.typeName} ${type.name}`;
}

/** Compares the unqualified names of named types, and the reader's aliases. */
function sameName(writer: avro.Type, reader: avro.Type): boolean {
  if (writer.name === undefined || reader.name === undefined) return false;
  const names = [reader.name, ...(reader.aliases ?? [])].map(unqualified);
  return names.includes(unqualified(writer.name));
}

function unqualified(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

const isUnion = (type: avro.Type): type is avro.types.UnwrappedUnionType | avro.types.WrappedUnionType =>
  type instanceof avro.types.UnwrappedUnionType || type instanceof avro.types.WrappedUnionType;
const isMap = (type: avro.Type): type is avro.types.MapType => type instanceof avro.types.MapType;
const isArray = (type: avro.Type): type is avro.types.ArrayType => type instanceof avro.types.ArrayType;
const isRecord = (type: avro.Type): type is avro.types.RecordType => type instanceof avro.types.RecordType;
