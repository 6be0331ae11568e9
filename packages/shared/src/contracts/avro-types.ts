import avro from 'avsc';

/**
 * avsc types whose maps and arrays refuse a block count greater than the bytes that are left. Without this a
 * single corrupt count (eight bytes) keeps avsc in a loop of up to 2^53 rounds and the process with it.
 */

interface Tap {
  buf: Uint8Array;
  pos: number;
  readLong(): number;
  skipLong(): void;
  readString(): string;
}

/** What avsc types read with; its public typings leave it out. */
interface Reader {
  _read(tap: Tap): unknown;
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

class BoundedMapType extends avro.types.MapType {
  _read(tap: Tap): Record<string, unknown> {
    const values = this.valuesType as unknown as Reader;
    const map: Record<string, unknown> = {};
    for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
      while (count-- > 0) {
        const key = tap.readString();
        map[key] = values._read(tap);
        refuseTruncated(tap);
      }
    }
    return map;
  }
}

class BoundedArrayType extends avro.types.ArrayType {
  _read(tap: Tap): unknown[] {
    const items = this.itemsType as unknown as Reader;
    const array: unknown[] = [];
    for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
      while (count-- > 0) {
        array.push(items._read(tap));
        refuseTruncated(tap);
      }
    }
    return array;
  }
}

function boundedCollections(schema: avro.Schema, options: avro.ForSchemaOptions): avro.Type | undefined {
  const kind = typeof schema === 'object' && 'type' in schema ? schema.type : undefined;
  if (kind === 'map') return new BoundedMapType(schema, options);
  if (kind === 'array') return new BoundedArrayType(schema, options);
  return undefined;
}

/**
 * Parses an Avro schema (JSON text) into a type. Parse once, at start: parsing is slow and unions are decided there.
 * @throws Error if the text is no Avro schema
 */
export function parseSchema(schemaJson: string): avro.Type {
  return avro.Type.forSchema(JSON.parse(schemaJson) as avro.Schema, { typeHook: boundedCollections });
}

/** Parsing Canonical Form of a type (Avro 1.12, "Transforming into Parsing Canonical Form"). */
export function canonicalForm(type: avro.Type): string {
  return JSON.stringify(type.schema());
}
