import type { Mix } from '../load/targets.ts';

/** Most endpoints are healthy; some are slow, some fail occasionally, some go down for seconds. */
export const USUAL_MIX: Mix = { fast: 55, slow: 10, unreliable: 25, flapping: 4, busy: 4, broken: 2 };
