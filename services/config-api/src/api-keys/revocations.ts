import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { AccountCaller, ApiCaller } from '../http/caller.ts';
import { ProblemError } from '../http/problem-error.ts';

/** Source of a caller's rights: its key, or its account if it has no key. */
export interface RightsHolder {
  kind: 'key' | 'account';
  id: string;
}

interface RevocationsDeps {
  keys: { validOf(holders: readonly RightsHolder[]): Promise<ReadonlySet<RightsHolder>> };
  logger: Logger;
}

/** Half a second, so that a waiting request ends within a second of the revocation, even if the query is slow. */
export const LOOK_EVERY_MS = 500;

/** Watch on the rights of a caller while it waits or reads a stream. */
interface Watch extends Disposable {
  /**
   * Aborted with a ProblemError 401 when the key is revoked or expires, the session or portal token ends, or the
   * account is deleted.
   */
  readonly signal: AbortSignal;
}

/**
 * Ends waits and streams when their key expires or is revoked, or their account is deleted, on whichever instance that
 * happens (ADR 42). All other requests need no watch, because they end soon after their authentication. While waits or
 * streams are running, one query every half second checks the keys and accounts of all of them. While Postgres is
 * unavailable, no key can be revoked, and waits and streams continue.
 */
export class Revocations implements Component {
  readonly name = 'revocations of API keys';
  readonly #deps: RevocationsDeps;
  readonly #everyMs: number;
  /** Watches by the kind and id of their holder. */
  readonly #watches = new Map<string, { holder: RightsHolder; controllers: Set<AbortController> }>();
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
   * Watches the key of a caller, or its account if it has no key, and the end of its session or portal token. The admin
   * key itself is not watched, because it cannot be revoked while this process runs. Dispose of the watch after use.
   */
  watch(caller: ApiCaller): Watch {
    const controller = new AbortController();
    const { signal } = controller;
    const end =
      caller.endsAt === undefined
        ? undefined
        : setTimeout(() => controller.abort(revokedMeanwhile()), caller.endsAt - Date.now());
    if (caller.kind === 'admin') return { signal, [Symbol.dispose]: () => clearTimeout(end) };
    const holder = holderOf(caller);
    const name = `${holder.kind} ${holder.id}`;
    const watches = this.#watches.get(name) ?? { holder, controllers: new Set() };
    watches.controllers.add(controller);
    this.#watches.set(name, watches);
    this.#schedule();
    return {
      signal,
      [Symbol.dispose]: () => {
        clearTimeout(end);
        watches.controllers.delete(controller);
        if (watches.controllers.size === 0 && this.#watches.get(name) === watches) this.#watches.delete(name);
      },
    };
  }

  /**
   * Settles as `work` does. If the caller loses its rights first, rejects with a ProblemError 401 and aborts the signal
   * of `work`, whose result is ignored.
   */
  async during<T>(caller: ApiCaller, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    using watch = this.watch(caller);
    const revoked = Promise.withResolvers<never>();
    watch.signal.addEventListener('abort', () => revoked.reject(watch.signal.reason as Error), {
      once: true,
    });
    return await Promise.race([work(watch.signal), revoked.promise]);
  }

  #schedule(): void {
    if (this.#isStopped || this.#timer || this.#watches.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look();
    }, this.#everyMs);
  }

  async #look(): Promise<void> {
    const watched = [...this.#watches].map(([name, { holder }]) => ({ name, holder }));
    const holders = watched.map(({ holder }) => holder);
    try {
      const valid = holders.length > 0 ? await this.#deps.keys.validOf(holders) : new Set(holders);
      for (const { name, holder } of watched) if (!valid.has(holder)) this.#end(name);
    } catch (error) {
      this.#deps.logger.warn(
        { err: error },
        'could not check for revoked API keys and deleted accounts; waits and streams continue, checking again',
      );
    } finally {
      this.#timer = undefined;
      this.#schedule();
    }
  }

  #end(name: string): void {
    for (const controller of this.#watches.get(name)?.controllers ?? []) controller.abort(revokedMeanwhile());
    this.#watches.delete(name);
  }
}

/**
 * Returns the key of a caller, or its account if it has no key: a person who signed in, or a portal token that was
 * created with the admin key.
 */
function holderOf({ keyId, accountId }: AccountCaller): RightsHolder {
  return keyId === null ? { kind: 'account', id: accountId } : { kind: 'key', id: keyId };
}

function revokedMeanwhile(): ProblemError {
  const detail =
    'While the request was waiting, its API key was revoked, its key or session expired, or its account was deleted. The requested work continues; send a valid API key';
  return new ProblemError(401, 'unauthenticated', detail, { headers: { 'www-authenticate': 'Bearer' } });
}
