import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { ApiCaller } from '../http/caller.ts';
import { ProblemError } from '../http/problem-error.ts';

interface RevocationsDeps {
  keys: { validOf(ids: readonly string[]): Promise<ReadonlySet<string>> };
  logger: Logger;
}

/** Half a second, so that a waiting request ends within a second of the revocation, even if the query is slow. */
export const LOOK_EVERY_MS = 500;

/** A wait or a stream that was requested with a key. */
interface Watch extends Disposable {
  /** Aborted with a ProblemError 401 once the key is revoked, has expired or is gone with its account. */
  readonly signal: AbortSignal;
}

/**
 * Ends running requests of a key that was revoked in the meantime, on any instance (ADR 42). A request is authenticated
 * when it begins, so this concerns only waits and streams. Checks all their keys with one query every half second,
 * while there are any. While Postgres is unavailable no key can be revoked, and running requests continue.
 */
export class Revocations implements Component {
  readonly name = 'revocations of API keys';
  readonly #deps: RevocationsDeps;
  readonly #everyMs: number;
  /** Watches by the id of their key. */
  readonly #watches = new Map<string, Set<AbortController>>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #isStopped = false;

  constructor(deps: RevocationsDeps, { everyMs }: { everyMs: number }) {
    this.#deps = deps;
    this.#everyMs = everyMs;
  }

  start(): Promise<void> {
    this.#isStopped = false;
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#looking;
  }

  /**
   * Watches the key of a caller, and the end of its session. The admin key cannot be revoked while this process runs.
   * Dispose of it after use.
   */
  watch(caller: ApiCaller): Watch {
    const controller = new AbortController();
    const { signal } = controller;
    const end =
      caller.endsAt === undefined
        ? undefined
        : setTimeout(() => controller.abort(revokedMeanwhile()), caller.endsAt - Date.now());
    const keyId = caller.kind === 'admin' ? null : caller.keyId;
    if (keyId === null) return { signal, [Symbol.dispose]: () => clearTimeout(end) };
    const ofKey = this.#watches.get(keyId) ?? new Set();
    this.#watches.set(keyId, ofKey.add(controller));
    this.#schedule();
    return {
      signal,
      [Symbol.dispose]: () => {
        clearTimeout(end);
        ofKey.delete(controller);
        if (ofKey.size === 0 && this.#watches.get(keyId) === ofKey) this.#watches.delete(keyId);
      },
    };
  }

  /**
   * Resolves or rejects as `work` does, or rejects with a ProblemError 401 once the key of the caller is revoked. In
   * that case `work` continues, but its result is not used.
   */
  async during<T>(caller: ApiCaller, work: () => Promise<T>): Promise<T> {
    using watch = this.watch(caller);
    const revoked = Promise.withResolvers<never>();
    watch.signal.addEventListener('abort', () => revoked.reject(watch.signal.reason as Error), {
      once: true,
    });
    return await Promise.race([work(), revoked.promise]);
  }

  #schedule(): void {
    if (this.#isStopped || this.#timer || this.#watches.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look();
    }, this.#everyMs);
  }

  async #look(): Promise<void> {
    const ids = [...this.#watches.keys()];
    try {
      const valid = ids.length > 0 ? await this.#deps.keys.validOf(ids) : new Set(ids);
      for (const id of ids) if (!valid.has(id)) this.#end(id);
    } catch (error) {
      this.#deps.logger.warn(
        { err: error },
        'could not check for revoked API keys; waiting requests continue, trying again',
      );
    } finally {
      this.#timer = undefined;
      this.#schedule();
    }
  }

  #end(keyId: string): void {
    for (const controller of this.#watches.get(keyId) ?? []) controller.abort(revokedMeanwhile());
    this.#watches.delete(keyId);
  }
}

function revokedMeanwhile(): ProblemError {
  const detail =
    'The API key was revoked, or it or the session has expired, while the request was waiting. What it requested continues; send a valid API key';
  return new ProblemError(401, 'unauthenticated', detail, { headers: { 'www-authenticate': 'Bearer' } });
}
