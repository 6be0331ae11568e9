import { get as httpGet, Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { get as httpsGet, Agent as HttpsAgent } from 'node:https';
import { DecodeError, schemaFingerprint } from '../../contracts/event-codec.ts';
import { BoundedMap } from '../../runtime/bounded-map.ts';
import type { Logger } from '../../runtime/logger.ts';
import { retryUntilStopped } from '../../runtime/retry-until-stopped.ts';
import { StoppingError } from '../../runtime/stopping-error.ts';

/** A schema from the registry, with the fingerprint that the Avro specification defines (16 hex digits). */
interface RegisteredSchema {
  fingerprint: string;
  schemaJson: string;
}

interface ConfluentSchemasOptions {
  /** Address of the registry; if it contains a user and a password, they are sent as Basic authentication. */
  url: string;
  /** Pause after a failed look-up, in ms; it doubles with each further failure. */
  firstPauseMs?: number;
}

/** Bytes before the datum in Confluent's wire format: a zero and the schema id, big-endian. */
const HEADER_BYTES = 5;
const MAX_PAUSE_MS = 30_000;
/** Time for which an id stays rejected without another look-up, in ms. */
const ABSENT_MS = 60_000;
const TIMEOUT_MS = 10_000;
/** Maximum size of a response of the registry: more than the largest record of `webhook.schemas`. */
const MAX_ANSWER_BYTES = 3 * 1_048_576;
/** Maximum number of schemas kept in memory; a schema that was dropped is looked up again. */
const MAX_SCHEMAS = 10_000;
/** Maximum number of connections; bounds the load that records with invented ids put on the registry. */
const MAX_CONNECTIONS = 4;

/**
 * Reads Confluent's wire format with the schemas of a registry that serves `GET /schemas/ids/{id}`, as Karapace and
 * Apicurio also do. Each id is looked up once, for all records that wait for it. While the registry cannot be reached,
 * or responds with anything but a schema or 404, records wait and are not rejected.
 */
export class ConfluentSchemas {
  readonly #url: URL;
  readonly #headers: Record<string, string>;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #logger: Logger;
  readonly #firstPauseMs: number;
  readonly #now: () => number;
  readonly #stopping = new AbortController();
  readonly #schemas = new BoundedMap<number, Promise<RegisteredSchema>>({ maxEntries: MAX_SCHEMAS });
  /** Rejected ids, with the epoch ms until which they are rejected without another look-up. */
  readonly #rejected = new BoundedMap<number, number>({ maxEntries: MAX_SCHEMAS });

  constructor(deps: { logger: Logger; now: () => number }, options: ConfluentSchemasOptions) {
    const url = new URL(options.url);
    const { username, password } = url;
    [url.username, url.password] = ['', ''];
    this.#url = url;
    this.#headers = username === '' ? {} : { authorization: basic(username, password) };
    const Agent = url.protocol === 'https:' ? HttpsAgent : HttpAgent;
    this.#agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS });
    this.#logger = deps.logger;
    this.#now = deps.now;
    this.#firstPauseMs = options.firstPauseMs ?? 500;
  }

  /** Returns whether bytes are in Confluent's wire format. */
  static isFramed(bytes: Buffer): boolean {
    return bytes.length > HEADER_BYTES && bytes[0] === 0;
  }

  /**
   * Returns the datum in framed bytes, and its schema; waits while the registry is unreachable.
   * @throws DecodeError if the registry has no usable Avro schema with this id
   * @throws StoppingError once `stop` was called
   */
  async read(bytes: Buffer): Promise<{ schema: RegisteredSchema; datum: Buffer }> {
    return { schema: await this.#schemaOf(bytes.readUInt32BE(1)), datum: bytes.subarray(HEADER_BYTES) };
  }

  /** Ends all waits, so that the waiting records are left to the next owner of their partitions. */
  stop(): void {
    this.#stopping.abort(new StoppingError());
    this.#agent.destroy();
  }

  async #schemaOf(id: number): Promise<RegisteredSchema> {
    if ((this.#rejected.get(id) ?? 0) <= this.#now()) this.#forgetRejected(id);
    const known = this.#schemas.get(id);
    if (known) return known;
    const lookup = this.#lookUp(id);
    this.#schemas.set(id, lookup);
    try {
      return await lookup;
    } catch (error) {
      this.#rejected.set(id, this.#now() + ABSENT_MS);
      throw error;
    }
  }

  #forgetRejected(id: number): void {
    if (this.#rejected.delete(id)) this.#schemas.delete(id);
  }

  #lookUp(id: number): Promise<RegisteredSchema> {
    const lookUp = async (): Promise<RegisteredSchema | DecodeError> => readAnswer(id, await this.#get(id));
    return retryUntilStopped(
      lookUp,
      (err, pauseMs) =>
        this.#logger.warn(
          { err, schemaId: id, pauseMs },
          'looking up a schema in the registry failed; records that need it wait while the look-up is repeated',
        ),
      { firstMs: this.#firstPauseMs, maxMs: MAX_PAUSE_MS, signal: this.#stopping.signal },
    ).then((found) => {
      if (found instanceof DecodeError) throw found;
      return found;
    });
  }

  async #get(id: number): Promise<Answer> {
    const { pathname } = this.#url;
    const url = new URL(`${pathname.replace(/\/$/, '')}/schemas/ids/${id}`, this.#url);
    const answer = Promise.withResolvers<IncomingMessage>();
    const get = url.protocol === 'https:' ? httpsGet : httpGet;
    const signal = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), this.#stopping.signal]);
    get(url, { agent: this.#agent, headers: this.#headers, signal }, answer.resolve).on(
      'error',
      answer.reject,
    );
    const response = await answer.promise;
    return { status: response.statusCode ?? 0, body: await bodyOf(response) };
  }
}

interface Answer {
  status: number;
  body: string;
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`the response has more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/**
 * Returns the schema in a response, or the error for all records with this id if the schema does not exist or cannot be
 * used.
 * @throws Error if the response leaves open whether the schema exists, so that the look-up is repeated
 */
function readAnswer(id: number, { status, body }: Answer): RegisteredSchema | DecodeError {
  if (status === 404) {
    const message = `the schema registry has no schema ${id}: register it, then redrive the record`;
    return new DecodeError('unknown_schema', message);
  }
  if (status !== 200) throw new Error(`GET /schemas/ids/${id} ended with status ${status}`);
  const { schema, schemaType = 'AVRO', references = [] } = JSON.parse(body) as Partial<RegistryAnswer>;
  if (typeof schema !== 'string') throw new Error(`GET /schemas/ids/${id} returned no schema`);
  if (schemaType !== 'AVRO') return unusable(id, `it is ${schemaType}, not Avro`);
  if (references.length > 0)
    return unusable(id, 'it refers to other schemas; register it as a single schema');
  try {
    return { fingerprint: schemaFingerprint(schema), schemaJson: schema };
  } catch (cause) {
    return unusable(id, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

interface RegistryAnswer {
  schema: string;
  schemaType: string;
  references: unknown[];
}

function unusable(id: number, reason: string, cause?: unknown): DecodeError {
  const message = `schema ${id} of the schema registry cannot be used: ${reason}`;
  return new DecodeError('incompatible_schema', message, { cause });
}

function basic(username: string, password: string): string {
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}
