import createClient, {
  type Client,
  type ClientPathsWithMethod,
  type MaybeOptionalInit,
  type MethodResponse,
} from 'openapi-fetch';
import { hooklineError } from './hookline-error.ts';
import { type Fetch, retryingFetch, sleep } from './retrying-fetch.ts';
import type { paths } from './schema.ts';

interface ClientOptions {
  /** Origin of the API: `https://hookline.example.com`. */
  baseUrl: string;
  /** API key, or the admin key; null if the browser's cookie authenticates the requests. */
  apiKey: string | null;
  /** Maximum number of retries after a 429 or 503 with Retry-After; 3 by default. */
  maxRetries?: number;
  /** Maximum Retry-After to wait for, in ms; 30,000 by default. */
  maxWaitMs?: number;
  /** By default the platform's `fetch`. */
  fetch?: Fetch;
}

type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';
type Fetching = Client<paths>;

/** Sends a request; rejects with a HooklineError if the API does not respond with a 2xx status. */
type Call<M extends Method> = <
  Path extends ClientPathsWithMethod<Fetching, M>,
  Init extends MaybeOptionalInit<paths[Path], M>,
>(
  path: Path,
  ...init: undefined extends MaybeOptionalInit<paths[Path], M> ? [init?: Init] : [init: Init]
) => Promise<{ data: MethodResponse<Fetching, M, Path, Init>; response: Response }>;

/** A page of a list. */
interface Page<Row = unknown> {
  data: Row[];
  next_cursor: string | null;
}

/** Paths that return a list. */
type ListPath = {
  [Path in ClientPathsWithMethod<Fetching, 'get'>]: MethodResponse<Fetching, 'get', Path> extends Page
    ? Path
    : never;
}[ClientPathsWithMethod<Fetching, 'get'>];

type PageOf<Path extends ListPath> = MethodResponse<Fetching, 'get', Path>;
type RowOf<Path extends ListPath> = PageOf<Path> extends Page<infer Row> ? Row : never;

type Listing<Result extends 'page' | 'row'> = <
  Path extends ListPath,
  Init extends MaybeOptionalInit<paths[Path], 'get'>,
>(
  path: Path,
  ...init: undefined extends MaybeOptionalInit<paths[Path], 'get'> ? [init?: Init] : [init: Init]
) => AsyncGenerator<Result extends 'page' ? PageOf<Path> : RowOf<Path>, void, undefined>;

export interface HooklineClient {
  GET: Call<'get'>;
  PUT: Call<'put'>;
  POST: Call<'post'>;
  PATCH: Call<'patch'>;
  DELETE: Call<'delete'>;
  /** Reads a list page by page, from the first page or from the query's `cursor`. */
  pages: Listing<'page'>;
  /** Reads the rows of a list, page by page. */
  rows: Listing<'row'>;
}

/** Creates a client for the REST API. The client needs no cleanup. */
export function createHooklineClient(options: ClientOptions): HooklineClient {
  const { baseUrl, apiKey, maxRetries = 3, maxWaitMs = 30_000 } = options;
  const fetch = options.fetch ?? ((request) => globalThis.fetch(request));
  const client = createClient<paths>({
    baseUrl,
    headers: apiKey === null ? {} : { authorization: `Bearer ${apiKey}` },
    fetch: retryingFetch({ fetch, sleep }, { maxRetries, maxWaitMs }),
  });
  client.use({
    onResponse: async ({ response }) => {
      if (!response.ok) throw await hooklineError(response);
    },
  });
  const { GET, PUT, POST, PATCH, DELETE } = client as unknown as HooklineClient;
  const pages = listing(client);
  return { GET, PUT, POST, PATCH, DELETE, pages, rows: rowsOf(pages) };
}

/**
 * Returns parameters that make a POST repeatable: a repeat with the same key and body returns the response to the first
 * request.
 * @param key by default a new key; choose your own key to repeat the request after a restart
 */
export function idempotent(key: string = newKey()): { header: { 'idempotency-key': string } } {
  return { header: { 'idempotency-key': key } };
}

/** Returns 128 random bits as text. Does not use `crypto.randomUUID`, which browsers lack outside secure contexts. */
function newKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}

/** Options of a request for a list, without the types of a specific path. */
interface ListInit {
  params?: { query?: Record<string, unknown> };
}
type UntypedGet = (path: string, init: ListInit) => Promise<{ data: Page }>;
type UntypedPages = (path: string, init?: ListInit) => AsyncGenerator<Page, void, undefined>;

function listing({ GET }: Fetching): Listing<'page'> {
  const get = GET as unknown as UntypedGet;
  const pages: UntypedPages = async function* (path, init = {}) {
    const { params } = init;
    for (let query = params?.query ?? {}; ;) {
      const { data } = await get(path, { ...init, params: { ...params, query } });
      yield data;
      if (data.next_cursor === null) return;
      query = { ...query, cursor: data.next_cursor };
    }
  };
  return pages as unknown as Listing<'page'>;
}

function rowsOf(pages: Listing<'page'>): Listing<'row'> {
  const untyped = pages as unknown as UntypedPages;
  const rows = async function* (path: string, init?: ListInit): AsyncGenerator<unknown, void, undefined> {
    for await (const page of untyped(path, init)) yield* page.data;
  };
  return rows as unknown as Listing<'row'>;
}
