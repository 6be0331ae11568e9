import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { ApiCaller } from '../http/caller.ts';
import { ProblemError } from '../http/problem-error.ts';
import { cookieOf } from './session-cookie.ts';
import type { ConsoleSession, SessionSeal } from './session-seal.ts';

interface ConsoleSessionsDeps {
  seal: SessionSeal;
  /** Finds the caller of an API key by the id of the key; null if it is unknown, revoked or expired. */
  findCallerById: (keyId: string) => Promise<ApiCaller | null>;
  now: () => number;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Finds out who sends a request with the cookie of the console (ADR 45). */
export class ConsoleSessions {
  readonly #deps: ConsoleSessionsDeps;

  constructor(deps: ConsoleSessionsDeps) {
    this.#deps = deps;
  }

  /** Returns the session of a request with its caller; null if it has none, or its key does not work any more. */
  async find(request: FastifyRequest): Promise<{ session: ConsoleSession; caller: ApiCaller } | null> {
    const { seal, findCallerById, now } = this.#deps;
    const cookie = cookieOf(request);
    const session = cookie === null ? null : seal.open(cookie, now());
    if (!session) return null;
    const caller: ApiCaller | null =
      session.keyId === null ? { kind: 'admin' } : await findCallerById(session.keyId);
    return caller && { session, caller };
  }

  /**
   * Returns the caller of a request with a cookie; null if there is none.
   * @throws ProblemError 403 if it changes something without the token of its session
   */
  async callerOf(request: FastifyRequest): Promise<ApiCaller | null> {
    const found = await this.find(request);
    if (found && !SAFE_METHODS.has(request.method)) requireToken(request, found.session);
    return found && found.caller;
  }
}

/** @throws ProblemError 403 if the request does not repeat the token of its session */
export function requireToken({ headers }: FastifyRequest, { csrf }: ConsoleSession): void {
  const sent = Buffer.from(String(headers['x-hookline-csrf'] ?? ''));
  const wanted = Buffer.from(csrf);
  if (sent.length === wanted.length && timingSafeEqual(sent, wanted)) return;
  throw new ProblemError(
    403,
    'csrf',
    'A request with the cookie of the console must repeat the token of its session in x-hookline-csrf',
  );
}
