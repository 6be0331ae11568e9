import { expect, it } from '@jest/globals';
import { loopCpu } from './loop-cpu.ts';

const TEXT = `
# TYPE hookline_loop_cpu_seconds histogram
hookline_loop_cpu_seconds_bucket{le="0.001",kind="render",service="dispatcher"} 6
hookline_loop_cpu_seconds_bucket{le="0.02",kind="render",service="dispatcher"} 9
hookline_loop_cpu_seconds_bucket{le="+Inf",kind="render",service="dispatcher"} 10
hookline_loop_cpu_seconds_sum{kind="render",service="dispatcher"} 0.05
hookline_loop_cpu_seconds_count{kind="render",service="dispatcher"} 10
hookline_loop_cpu_seconds_bucket{le="+Inf",kind="answer",service="dispatcher"} 4
hookline_loop_cpu_seconds_sum{kind="answer",service="dispatcher"} 0.004
hookline_loop_cpu_seconds_count{kind="answer",service="dispatcher"} 4
hookline_attempts_total{status="success"} 12
`;

it('loopCpu sums the histograms of all processes by kind, and counts the tasks over the bound', () => {
  expect(loopCpu([TEXT])).toEqual([
    { kind: 'render', tasks: 10, meanMs: 5, overBound: 1 },
    { kind: 'answer', tasks: 4, meanMs: 1, overBound: null },
  ]);
  expect(loopCpu([TEXT, TEXT])[0]).toEqual({ kind: 'render', tasks: 20, meanMs: 5, overBound: 2 });
});

it('loopCpu returns an empty list for a service without histograms of CPU time on the loop', () => {
  expect(loopCpu(['hookline_attempts_total{kind="render"} 12'])).toEqual([]);
});
