import type { CompileOptions } from '@hookline/webhook-call/request/compile-request';

/**
 * Options with which the page compiles definitions. The User-Agent is that of the dispatcher. Every host is permitted
 * here, because the permitted destinations depend on the network of the server, which checks them when the webhook is
 * tested or saved.
 */
export const COMPILE_OPTIONS: CompileOptions = { guard: { judgeHost: () => null }, userAgent: 'Hookline/1' };
