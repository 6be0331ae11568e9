/**
 * What an account may own at once. The defaults are far over what customers have (the largest engines known run
 * some hundreds of workflows with a few webhook steps of 2 KiB each), and what they allow is little for a dispatcher,
 * which keeps the definitions of all accounts in memory. The maxima bound what an operator may set by mistake.
 */
export const QUOTAS = {
  actions: { default: 10_000, max: 1_000_000 },
  definitionBytes: { default: 67_108_864, max: 17_179_869_184 },
  apiKeys: { default: 100, max: 10_000 },
} as const;
