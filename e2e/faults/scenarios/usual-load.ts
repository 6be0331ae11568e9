import type { Mix } from '../load/targets.ts';

/**
 * Most requests go to healthy endpoints; the others go to endpoints that are slow, fail occasionally, go down for
 * seconds, or reject every first attempt or every call.
 */
export const USUAL_MIX: Mix = { fast: 55, slow: 10, unreliable: 25, flapping: 4, busy: 4, broken: 2 };
