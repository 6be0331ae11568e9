import type { CompileOptions } from '@hookline/webhook-call/request/compile-request';

/**
 * How the page compiles definitions: like the dispatcher, which sends this User-Agent. Whether a destination may be called
 * depends on the network around the server, so the server checks that when the webhook is tested or saved.
 */
export const COMPILE_OPTIONS: CompileOptions = { guard: { judgeHost: () => null }, userAgent: 'Hookline/1' };
