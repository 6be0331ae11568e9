/**
 * Locates the records in a Fetch response of Kafka (protocol guide, "Fetch API", versions 4 to 11, which kafkajs uses
 * with message format 2).
 */

export interface RecordSet {
  topic: string;
  partition: number;
  /** Offset of the four bytes that contain the set's length. */
  lengthAt: number;
  /** The consecutive record batches; the last one may be truncated. */
  bytes: Buffer;
}

const MIN_VERSION = 4;
const WITH_LOG_START = 5;
const WITH_SESSION = 7;
const WITH_PREFERRED_REPLICA = 11;

export function isReadableVersion(version: number): boolean {
  return version >= MIN_VERSION && version <= WITH_PREFERRED_REPLICA;
}

/** Reads consecutive fields from `at`. */
class Cursor {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int32(): number {
    this.at += 4;
    return this.#bytes.readInt32BE(this.at - 4);
  }

  text(): string {
    const start = this.at + 2;
    this.at = start + this.#bytes.readInt16BE(this.at);
    return this.#bytes.toString('utf8', start, this.at);
  }

  skip(bytes: number): void {
    this.at += bytes;
  }
}

/**
 * Finds the record set of each partition in a response.
 * @param response without its header, starting at the throttle time
 * @throws RangeError if the response ends too early
 */
export function recordSetsOf(response: Buffer, version: number): RecordSet[] {
  const sets: RecordSet[] = [];
  const cursor = new Cursor(response);
  cursor.skip(4 + (version >= WITH_SESSION ? 6 : 0));
  for (let topics = cursor.int32(); topics > 0; topics--) {
    const topic = cursor.text();
    for (let partitions = cursor.int32(); partitions > 0; partitions--) {
      const partition = cursor.int32();
      // Error code, high watermark, last stable offset, log start offset.
      cursor.skip(2 + 8 + 8 + (version >= WITH_LOG_START ? 8 : 0));
      const aborted = cursor.int32();
      cursor.skip(16 * Math.max(0, aborted) + (version >= WITH_PREFERRED_REPLICA ? 4 : 0));
      const lengthAt = cursor.at;
      const length = Math.max(0, cursor.int32());
      sets.push({ topic, partition, lengthAt, bytes: response.subarray(cursor.at, cursor.at + length) });
      cursor.skip(length);
    }
  }
  return sets;
}

/** Replaces the bytes of each record set in a response; `replaced` is in the order of `sets`. */
export function withRecordSets(
  response: Buffer,
  sets: readonly RecordSet[],
  replaced: readonly Buffer[][],
): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  sets.forEach(({ lengthAt, bytes }, index) => {
    const batches = replaced[index] ?? [];
    const length = Buffer.alloc(4);
    length.writeInt32BE(batches.reduce((sum, batch) => sum + batch.length, 0));
    parts.push(response.subarray(at, lengthAt), length, ...batches);
    at = lengthAt + 4 + bytes.length;
  });
  return Buffer.concat([...parts, response.subarray(at)]);
}
