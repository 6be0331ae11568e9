import { BARE_LOOP_ROW } from './bare-loop.ts';
import { BURST_ROWS } from './burst.ts';
import { DEFINITIONS_ROW } from './definitions.ts';
import { IDLE_ROW } from './idle.ts';
import { LANES_ROW } from './lanes.ts';
import { LOOP_ROWS } from './loops.ts';
import type { RowSpec } from '../bench-context.ts';

/** All rows, in the order of measurement. */
export const ROWS: readonly RowSpec[] = [
  ...LOOP_ROWS,
  ...BURST_ROWS,
  IDLE_ROW,
  LANES_ROW,
  BARE_LOOP_ROW,
  DEFINITIONS_ROW,
];
