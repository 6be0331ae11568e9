import { applyPortalTheme, readTheme } from './theme.ts';

/** A token from the embedding page. */
export interface PortalGrant {
  token: string;
  /** Epoch ms. */
  expiresAt: number;
}

/** Message to the embedding page. It contains no secrets. */
type Message =
  | { event: 'ready' | 'token-wanted' }
  | { event: 'refused'; reason: string }
  | { event: 'theme-ignored'; names: readonly string[] };

const TOKEN = /^hlp_[\w-]{1,3000}$/;
/**
 * A new token is requested when this share of the current token's lifetime is left, but not earlier than `RENEW_MS`
 * before it expires.
 */
const RENEW_SHARE = 0.25;
const RENEW_MS = 60_000;
/** Time without a new token after which the portal repeats its request for one. */
const ASK_AGAIN_MS = 15_000;
/**
 * Minimum time between two requests for a token, so that they do not follow each other continuously if the API refuses
 * every token.
 */
const ASK_PAUSE_MS = 1_000;
/** Maximum delay of a timer; browsers run a timer with a longer delay immediately. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Connection to the page that embeds the portal (ADR 49). Keeps the token from that page in memory, and requests a new
 * token before the current token expires. Accepts messages only from the parent window, and only if the operator has
 * configured its origin.
 */
export class PortalHost {
  readonly #origins: readonly string[];
  readonly #listeners = new Set<() => void>();
  #grant: PortalGrant | null = null;
  #timer: number | undefined;
  /** Epoch ms. */
  #askedAt = 0;

  constructor({ origins }: { origins: readonly string[] }) {
    this.#origins = origins;
  }

  /** Whether this page is in a frame. */
  get isFramed(): boolean {
    return window.parent !== window;
  }

  /** Starts to listen for messages, and announces this to the embedding page. */
  start(): void {
    window.addEventListener('message', (event) => this.#receive(event));
    this.#ask('ready');
  }

  /** Returns the current token; null while there is none. */
  readonly current = (): PortalGrant | null => this.#grant;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Drops a token that the API has refused, and requests a new token; does nothing if it is not the current token. */
  readonly end = (token: string): void => {
    if (this.#grant?.token !== token) return;
    this.#set(null);
    const pauseMs = Math.max(this.#askedAt + ASK_PAUSE_MS - Date.now(), 0);
    this.#after(pauseMs, () => this.#ask('token-wanted'));
  };

  #receive({ source, origin, data }: MessageEvent<unknown>): void {
    if (source !== window.parent || !this.#origins.includes(origin)) return;
    if (typeof data !== 'object' || data === null || (data as { hookline?: unknown }).hookline !== 'portal')
      return;
    const { token, expires_at, theme } = data as { token?: unknown; expires_at?: unknown; theme?: unknown };
    if (theme !== undefined) this.#theme(theme);
    if (token === undefined) return;
    const expiresAt = typeof expires_at === 'string' ? Date.parse(expires_at) : NaN;
    if (typeof token !== 'string' || !TOKEN.test(token) || Number.isNaN(expiresAt)) {
      this.#tell({
        event: 'refused',
        reason: 'token or expires_at is invalid; send both as POST /api/v1/portal-tokens returns them',
      });
      return;
    }
    this.#set({ token, expiresAt });
    const left = Math.max(expiresAt - Date.now(), 0);
    // Waits at least `ASK_AGAIN_MS`: if the clock of this browser is wrong, a new token may seem to have expired.
    const renewMs = Math.max(left - Math.min(left * RENEW_SHARE, RENEW_MS), ASK_AGAIN_MS);
    this.#after(renewMs, () => this.#ask('token-wanted'));
  }

  #theme(sent: unknown): void {
    const theme = readTheme(sent);
    applyPortalTheme(theme);
    if (theme.ignored.length > 0) this.#tell({ event: 'theme-ignored', names: theme.ignored });
  }

  #ask(event: 'ready' | 'token-wanted'): void {
    this.#askedAt = Date.now();
    this.#tell({ event });
    this.#after(ASK_AGAIN_MS, () => this.#ask(event));
  }

  /**
   * Sends a message to the parent window, whatever its origin, because the origin is unknown until that page sends its
   * first message.
   */
  #tell(message: Message): void {
    window.parent.postMessage({ hookline: 'portal', ...message }, '*');
  }

  #after(ms: number, run: () => void): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(run, Math.min(ms, MAX_TIMER_MS));
  }

  #set(grant: PortalGrant | null): void {
    this.#grant = grant;
    for (const notify of this.#listeners) notify();
  }
}
