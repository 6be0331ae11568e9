import { join } from 'node:path';
import { cut, isKnown, renderTable, type TargetResult } from './mutation/report.ts';
import { TARGETS } from './mutation/targets.ts';
import { testTarget } from './mutation/test-target.ts';

/**
 * `npm run mutation [-- <part of a path>…]`: changes the files listed in `targets.ts` in many small ways and runs the
 * suites next to them for each change. Prints the changes that no test notices, except those in `known-survivors.ts`.
 * Exits with 1 if it prints any, or if fewer than 92 % of all changes are noticed. (tools/mutation/README.md)
 */
const MIN_KILLED_SHARE = 0.92;

const root = join(import.meta.dirname, '..');
const parts = process.argv.slice(2);
const targets = TARGETS.filter(({ path }) => parts.length === 0 || parts.some((part) => path.includes(part)));
if (targets.length === 0)
  throw new Error(`no path in tools/mutation/targets.ts contains ${parts.join(' or ')}`);

const results: TargetResult[] = [];
for (const { path, suites } of targets) {
  console.log(path);
  const mutants = await testTarget(root, { path, suites });
  results.push({ path, mutants });
  for (const mutant of mutants) {
    if (mutant.fate === 'killed' || isKnown(path, mutant)) continue;
    console.log(`  ${mutant.line} (${mutant.fate}): ${cut(mutant.original)}  →  ${cut(mutant.replacement)}`);
  }
}

const all = results.flatMap(({ mutants }) => mutants);
const killedShare = all.filter(({ fate }) => fate === 'killed').length / all.length;
const unknown = results.flatMap(({ path, mutants }) =>
  mutants.filter((mutant) => mutant.fate !== 'killed' && !isKnown(path, mutant)),
);
console.log(renderTable(results));
process.exitCode = unknown.length > 0 || killedShare < MIN_KILLED_SHARE ? 1 : 0;
