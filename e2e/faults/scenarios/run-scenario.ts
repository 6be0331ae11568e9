import { createReadStream } from 'node:fs';
import { appendFile, copyFile, mkdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { inspect } from 'node:util';
import { HistoryChecker, type Report, type Violation } from '../checker/check-history.ts';
import { untilHistoryCaughtUp } from '../history/caught-up.ts';
import { untilLedgerBalanced } from '../history/ledger-balance.ts';
import { startCommitWatch } from '../history/commit-watch.ts';
import { readOwnership } from '../history/read-ownership.ts';
import { readRows } from '../history/read-rows.ts';
import { readTopics } from '../history/read-topics.ts';
import { startQuorum } from '../stores/quorum.ts';
import type { Broker } from '../stores/broker.ts';
import type { Course, Measured, Scenario, ScenarioResult } from './scenario.ts';
import type { Setting } from './setting.ts';
import { startWorld } from './start-world.ts';
import type { World } from './world.ts';

/** Time after the last fault for the longest series of retries and for a broker or database that recovers slowly. */
const SETTLE_MS = 180_000;
/** Time for the ledger to read the remaining records and to check them twice. */
const LEDGER_MS = 60_000;

/** Runs a scenario and checks its history. A scenario that fails before its end counts as a violation. */
export async function runScenario(setting: Setting, scenario: Scenario): Promise<ScenarioResult> {
  try {
    return await playAndCheck(setting, scenario);
  } catch (error) {
    setting.report(`${scenario.name}: ${inspect(error)}`);
    const { name } = scenario;
    const nothing = {
      requested: 0,
      lost: 0,
      duplicateCalls: 0,
      duplicateCompleted: 0,
      inFlight: 0,
      recoveryMs: 0,
    };
    const violations = [`the scenario failed: ${error instanceof Error ? error.message : String(error)}`];
    return { scenario: name, seed: setting.seed, ...nothing, figures: {}, violations, history: null };
  }
}

/** Runs a scenario; checks its history once all executions have ended and are stored, or the deadlines have passed. */
async function playAndCheck(setting: Setting, scenario: Scenario): Promise<ScenarioResult> {
  await using quorum = scenario.ownBrokers ? await startQuorum(setting.report) : null;
  const { course, historyPath } = await play(quorum ? onQuorum(setting, quorum.brokers) : setting, scenario);
  setting.report(`${scenario.name}: checking the history`);
  const { report, measured } = await checkFile(historyPath, course);
  const broken = [...(course.broken ?? []), ...measured.broken];
  const violations = [...broken, ...report.violations.flatMap(describe)];
  const history = violations.length > 0 ? await keepHistory(setting, scenario, historyPath) : null;
  await rm(historyPath);
  const { requested, lost, duplicateCalls, duplicateCompleted, inFlight } = report;
  return {
    scenario: scenario.name,
    seed: setting.seed,
    requested,
    lost,
    duplicateCalls,
    duplicateCompleted,
    inFlight,
    recoveryMs: Math.round(course.recoveryMs),
    figures: { ...course.figures, ...measured.figures },
    violations,
    history,
  };
}

function onQuorum(setting: Setting, quorum: readonly Broker[]): Setting {
  const kafkaBrokers = quorum.map(({ address }) => address);
  return { ...setting, quorum, stack: { ...setting.stack, kafkaBrokers } };
}

async function play(setting: Setting, scenario: Scenario): Promise<{ course: Course; historyPath: string }> {
  await using world = await startWorld(setting, scenario);
  const watch = startCommitWatch(world.client, world.note);
  setting.report(`${scenario.name}: under load`);
  const course = await scenario.play(world);
  setting.report(`${scenario.name}: waiting for ${open(world)} executions`);
  await world.engine.untilAllEnded(SETTLE_MS);
  await untilHistoryCaughtUp(world.client, SETTLE_MS);
  const unbalanced = await untilLedgerBalanced(world.databaseUrl, {
    // A previous release may have no ledger. This release's ledger then starts in the middle of the run and shows fewer
    // outcomes.
    ended: scenario.startsFromPrevious ? 0 : world.engine.counts().ended,
    deadlineMs: LEDGER_MS,
  });
  // Stops the services cleanly, so that they make their last commits.
  await world.fleet.stopAll();
  await watch.stop();
  await collect(world);
  const broken = [...(course.broken ?? []), ...unbalanced];
  return { course: { ...course, broken }, historyPath: world.history.path };
}

function open({ engine }: World): number {
  const { accepted, ended } = engine.counts();
  return accepted - ended;
}

/** Adds the contents of the topics, the database and the logs, and the calls at the endpoints, to the history. */
async function collect({ client, databaseUrl, fleet, receiver, history, note }: World): Promise<void> {
  for (const event of await readOwnership(fleet)) note(event);
  await readTopics(client, note);
  await readRows(databaseUrl, note);
  await receiver.finish();
  history.close();
  await appendFile(history.path, createReadStream(receiver.callsPath));
}

async function checkFile(
  path: string,
  { measure }: Pick<Course, 'measure'>,
): Promise<{ report: Report; measured: Measured }> {
  const checker = new HistoryChecker();
  for await (const line of createInterface({ input: createReadStream(path) })) checker.add(line);
  const measured = measure?.(checker.ledger()) ?? { figures: {}, broken: [] };
  return { report: checker.report(), measured };
}

function describe({ guarantee, count, examples }: Violation): string[] {
  const shown = examples.map(({ what, execution }) => {
    const whose = execution ? `${execution.accountId}/${execution.executionId}: ` : '';
    return `${guarantee}: ${whose}${what}`;
  });
  return count > shown.length ? [...shown, `${guarantee}: … ${count} in total`] : shown;
}

async function keepHistory({ outDir }: Setting, { name }: Scenario, path: string): Promise<string> {
  await mkdir(outDir, { recursive: true });
  const kept = join(outDir, `${name}.ndjson`);
  await copyFile(path, kept);
  return relative(process.cwd(), kept);
}
