/**
 * A megabyte of JSON. Parsing it takes 11 ms of CPU time on the machine on which the bounds of evaluations were chosen.
 */
const MEGABYTE = `[${Array(131_072).fill('{"a":1}').join()}]`;
/** Large, because on a busy machine a run may take five times as long as on an idle one. */
const MAX_RUNS = 30;
/** Parses still to be made without measuring: the first parses of a process take twice as long as later ones. */
let warmUpRuns = 5;

/** Returns the CPU time of this thread for some work, in ms. */
function cpuMs(work: () => unknown): number {
  const begun = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(begun);
  return (user + system) / 1_000;
}

/**
 * Returns the lowest CPU time of up to thirty runs, as a multiple of the time to parse a megabyte of JSON, so that the
 * result does not depend on the speed of the machine. Stops at the first run within `enough`: a single run within the
 * bound shows that the work itself does not exceed the bound. The median of the parses counts, because the clock has
 * steps of up to 4 ms and may miss most of a single parse.
 */
export function inParses(work: () => unknown, enough: number): number {
  for (; warmUpRuns > 0; warmUpRuns -= 1) JSON.parse(MEGABYTE);
  const parses: number[] = [];
  let [least, parse] = [Infinity, 0];
  for (let run = 0; run < MAX_RUNS && !(least < enough * parse); run += 1) {
    parses.push(cpuMs(() => JSON.parse(MEGABYTE)));
    parse = parses.toSorted((a, b) => a - b)[Math.floor(parses.length / 2)] ?? 0;
    least = Math.min(least, cpuMs(work));
  }
  return least / parse;
}
