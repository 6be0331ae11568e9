import { expect, it } from '@jest/globals';
import { sumOf } from './read-metric.ts';

const TEXT = `
# HELP hookline_attempts_total Attempts
hookline_attempts_total{status="success",error_type="none",service="dispatcher"} 12
hookline_attempts_total{status="error",error_type="server_error",service="dispatcher"} 3
hookline_attempts_total_other{service="dispatcher"} 100
hookline_records_in_hand 1.5e2
`;

it('sums a metric over its labels; a metric without samples counts as 0', () => {
  expect(sumOf(TEXT, 'hookline_attempts_total')).toBe(15);
  expect(sumOf(TEXT, 'hookline_records_in_hand')).toBe(150);
  expect(sumOf(TEXT, 'hookline_lane_hops_total')).toBe(0);
});
