import avro from 'avsc';

/**
 * avsc types whose maps and arrays reject a block count greater than the number of bytes left, both when they are read
 * and when they are skipped. With avsc's own types, a single corrupt count (eight bytes) keeps the process in a loop of
 * up to 2^53 iterations, and a negative block size makes avsc read the same bytes again.
 */

/** The bytes that avsc types read from, and the position in them; avsc's public typings omit this. */
export interface Tap {
  buf: Uint8Array;
  pos: number;
  readLong(): number;
  skipLong(): void;
  readString(): string;
  skipString(): void;
}

/** Methods with which avsc types read; avsc's public typings omit them. */
export interface Reader {
  _read(tap: Tap): unknown;
  _skip(tap: Tap): void;
}

/** Reads the next block count of a map or array (Avro 1.12, "Maps"); after a negative count, a byte size follows. */
function blockCount(tap: Tap): number {
  const count = tap.readLong();
  if (count < 0) tap.skipLong();
  const items = Math.abs(count);
  if (items > tap.buf.length - tap.pos) throw new Error('block count exceeds the bytes left');
  return items;
}

function refuseTruncated(tap: Tap): void {
  if (tap.pos > tap.buf.length) throw new Error('truncated buffer');
}

/** Calls `readItem` for each item of a map or array. A count greater than the number of remaining bytes is an error. */
export function readItems(tap: Tap, readItem: () => void): void {
  for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
    while (count-- > 0) {
      readItem();
      refuseTruncated(tap);
    }
  }
}

/** Assigns a property, including `__proto__`, which a plain assignment would lose. */
export function setOwn(map: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') map[key] = value;
  else Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
}

class BoundedMapType extends avro.types.MapType {
  _read(tap: Tap): Record<string, unknown> {
    const values = this.valuesType as unknown as Reader;
    const map: Record<string, unknown> = {};
    readItems(tap, () => setOwn(map, tap.readString(), values._read(tap)));
    return map;
  }

  _skip(tap: Tap): void {
    const values = this.valuesType as unknown as Reader;
    readItems(tap, () => {
      tap.skipString();
      values._skip(tap);
    });
  }
}

class BoundedArrayType extends avro.types.ArrayType {
  _read(tap: Tap): unknown[] {
    const items = this.itemsType as unknown as Reader;
    const array: unknown[] = [];
    readItems(tap, () => array.push(items._read(tap)));
    return array;
  }

  _skip(tap: Tap): void {
    const items = this.itemsType as unknown as Reader;
    readItems(tap, () => items._skip(tap));
  }
}

/** Checks the range of an int when reading; avsc checks it only when writing. */
class BoundedIntType extends avro.types.IntType {
  _read(tap: Tap): number {
    const value = tap.readLong();
    if (value < -(2 ** 31) || value >= 2 ** 31) throw new Error('int out of range');
    return value;
  }
}

/**
 * Rejects longs that avsc cannot handle: those above 2^53 - 1, which it cannot read exactly, and those below -2^52,
 * which it writes with the wrong sign.
 */
class BoundedLongType extends avro.types.LongType {
  _read(tap: Tap): number {
    const value = tap.readLong();
    if (value < -(2 ** 52) || value > Number.MAX_SAFE_INTEGER) throw new Error('long out of range');
    return value;
  }
}

/**
 * A time in the year 144,683, in epoch ms. A double represents it exactly, avsc can write it, and every range check
 * rejects it.
 */
export const TIME_OUT_OF_RANGE = 2 ** 52;

/**
 * Reads a time that a double cannot represent to the millisecond (such as a time in ns) as a time outside every
 * range, so that the record can be decoded and rejected with an outcome that names the field.
 */
class BoundedTimeType extends avro.types.LongType {
  _read(tap: Tap): number {
    const value = tap.readLong();
    // avsc can read 2^53 - 1 but not write it.
    return value >= -(2 ** 52) && value < Number.MAX_SAFE_INTEGER ? value : TIME_OUT_OF_RANGE;
  }
}

function boundedTypes(schema: avro.Schema, options: avro.ForSchemaOptions): avro.Type | undefined {
  const kind = typeof schema === 'object' && 'type' in schema ? schema.type : schema;
  switch (kind) {
    case 'map':
      return new BoundedMapType(schema, options);
    case 'array':
      return new BoundedArrayType(schema, options);
    case 'int':
      return new BoundedIntType();
    case 'long':
      return isTime(schema) ? new BoundedTimeType() : new BoundedLongType();
    default:
      return undefined;
  }
}

function isTime(schema: avro.Schema): boolean {
  return typeof schema === 'object' && 'logicalType' in schema && schema.logicalType === 'timestamp-millis';
}

/**
 * Parses an Avro schema (JSON text) into a type, which also determines how the values of each union are represented.
 * Parse each schema only once, because parsing is slow.
 * @throws Error if the text is not an Avro schema
 */
export function parseSchema(schemaJson: string): avro.Type {
  return avro.Type.forSchema(JSON.parse(schemaJson) as avro.Schema, { typeHook: boundedTypes });
}

/** Returns the Parsing Canonical Form of a type (Avro 1.12, "Transforming into Parsing Canonical Form"). */
export function canonicalForm(type: avro.Type): string {
  return JSON.stringify(type.schema());
}
