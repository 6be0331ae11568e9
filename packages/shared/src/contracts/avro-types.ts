import avro from 'avsc';

/**
 * avsc types whose maps and arrays refuse a block count greater than the bytes that are left, whether they are read or
 * skipped. Without this a single corrupt count (eight bytes) keeps avsc in a loop of up to 2^53 rounds and the process
 * with it; a negative block size sends it back to where it was.
 */

interface Tap {
  buf: Uint8Array;
  pos: number;
  readLong(): number;
  skipLong(): void;
  readString(): string;
  skipString(): void;
}

/** What avsc types read with; its public typings leave it out. */
interface Reader {
  _read(tap: Tap): unknown;
  _skip(tap: Tap): void;
}

/** Next block count of a map or array (Avro 1.12, "Maps"): negative means a byte size follows. */
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

function readItems(tap: Tap, readItem: () => void): void {
  for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
    while (count-- > 0) {
      readItem();
      refuseTruncated(tap);
    }
  }
}

/** As a plain assignment, but for `__proto__`, which an assignment would lose. */
function setOwn(map: Record<string, unknown>, key: string, value: unknown): void {
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

/** avsc checks the range of an int when it writes, not when it reads. */
class BoundedIntType extends avro.types.IntType {
  _read(tap: Tap): number {
    const value = tap.readLong();
    if (value < -(2 ** 31) || value >= 2 ** 31) throw new Error('int out of range');
    return value;
  }
}

/** avsc reads longs up to 2^53 and writes those below -2^52 with the wrong sign. */
class BoundedLongType extends avro.types.LongType {
  _read(tap: Tap): number {
    const value = tap.readLong();
    if (value < -(2 ** 52) || value > Number.MAX_SAFE_INTEGER) throw new Error('long out of range');
    return value;
  }
}

/** Year 144,683 in epoch ms: a double holds it exactly, avsc writes it, and no door takes it. */
export const TIME_OUT_OF_RANGE = 2 ** 52;

/**
 * A time of which a double does not hold every millisecond (nanoseconds, for example) is read as one that is out of
 * every range, so that the record can be decoded and refused with an outcome that names the field.
 */
class BoundedTimeType extends avro.types.LongType {
  _read(tap: Tap): number {
    const value = tap.readLong();
    // avsc reads 2^53 - 1 but does not write it.
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
 * Parses an Avro schema (JSON text) into a type. Parse once, at start: parsing is slow and unions are decided there.
 * @throws Error if the text is not an Avro schema
 */
export function parseSchema(schemaJson: string): avro.Type {
  return avro.Type.forSchema(JSON.parse(schemaJson) as avro.Schema, { typeHook: boundedTypes });
}

/** Parsing Canonical Form of a type (Avro 1.12, "Transforming into Parsing Canonical Form"). */
export function canonicalForm(type: avro.Type): string {
  return JSON.stringify(type.schema());
}
