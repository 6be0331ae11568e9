import { setTimeout as sleep } from 'node:timers/promises';
import { aWebhookDefinition } from '@hookline/testkit/builders';
import { Client } from 'pg';
import type { Ledger } from '../checker/ledger.ts';
import { ApiCustomers } from '../load/api-customers.ts';
import { startOpenLoop } from '../load/open-loop.ts';
import type { PreviousRelease } from '../processes/previous-release.ts';
import type { Course, Measured, Scenario } from './scenario.ts';
import type { Size } from './setting.ts';
import type { World } from './world.ts';

const PHASE_MS: Record<Size, number> = { short: 2_000, default: 8_000, full: 30_000 };
const CUSTOMERS: Record<Size, number> = { short: 2, default: 6, full: 12 };
const RATE_PER_SECOND = 60;
const KNOWN_POLL_MS = 100;
const EXAMPLES_SHOWN = 3;
const BOUND = { HOOKLINE_CREDENTIAL_BINDING: 'destination' };
const BOUND_ONLY = { HOOKLINE_CREDENTIAL_BINDING: 'destination_only' };

/**
 * The previous release (`--previous`) runs beside this release while its services are replaced one at a time. All
 * stored credentials are sealed again for their destination, as in docs/operations/credential-binding.md, while
 * requests and edits continue. Every execution must succeed; since an endpoint accepts only its customer's token,
 * this shows that no credential was lost or mixed up. If the previous release cannot read the new format, its
 * dispatchers and config-api stop before that format is written; its retry scheduler and log ingestor run to the end.
 * `recoveryMs` runs from the start of sealing until everything is published.
 */
export const upgrade: Scenario = {
  name: 'upgrade',
  dispatchers: 1,
  // Customers configure the webhooks of the load; this definition only shows that the dispatchers are ready.
  accounts: 1,
  mix: { fast: 1 },
  startsFromPrevious: true,
  env: { HOOKLINE_CREDENTIAL_BINDING: 'action' },
  play: playUpgrade,
};

async function playUpgrade(world: World): Promise<Course> {
  const { fleet, setting, receiver } = world;
  const { previous } = setting;
  if (!previous) throw new Error('the upgrade needs a previous release: name one with --previous');
  const customers = new ApiCustomers({
    adminKey: fleet.env['HOOKLINE_ADMIN_KEY'] ?? '',
    receiver: receiver.address,
  });
  const { url: before } = (await fleet.start('config-api-1', { release: previous.root })).process;
  for (let i = 0; i < CUSTOMERS[setting.size]; i++) await customers.createCustomer(before);
  await customers.createActions(before);
  await untilKnown(world, customers);
  const load = startOpenLoop({ ...world, targets: callsOf(customers) }, { ratePerSecond: RATE_PER_SECOND });
  await fleet.untilWorked('dispatcher-1');
  const step = (what: string): void => setting.report(`upgrade: ${what}: ${fleet.places().join(', ')}`);

  step(`all of ${previous.commit.slice(0, 8)}`);
  await joinThisRelease(world, customers, before);
  step('both releases');
  await sleep(PHASE_MS[setting.size]);
  const api = await writeBoundCredentials(world, previous);
  step('credentials are bound to their destination');
  const resealing = await resealUnderEdits(world, customers, api);
  await untilKnown(world, customers);
  await sleep(PHASE_MS[setting.size]);
  await refuseOldFormat(world);
  step('only bound credentials are opened');
  await sleep(PHASE_MS[setting.size]);
  await load.stop();

  const unbound = await countUnbound(world.databaseUrl);
  const broken = unbound === 0 ? [] : [`${unbound} credentials are not bound to their destination`];
  return {
    recoveryMs: resealing.recoveryMs,
    figures: { actions: customers.actions.length, ...customers.counts },
    broken: [...resealing.broken, ...broken],
    measure,
  };
}

/**
 * Adds a dispatcher and a config-api of this release; then both config-apis change webhooks, and the new one creates
 * more.
 */
async function joinThisRelease(
  { fleet, ...world }: World,
  customers: ApiCustomers,
  before: string,
): Promise<void> {
  await fleet.start('dispatcher-2');
  await fleet.untilWorked('dispatcher-2');
  const { url } = (await fleet.start('config-api-2')).process;
  await customers.editActions(url, customers.known, { timeout_seconds: 20, ssl_verify: false });
  await customers.editActions(before, customers.known, { timeout_seconds: 21, ssl_verify: false });
  await customers.createActions(url);
  await untilKnown({ fleet, ...world }, customers);
}

/**
 * Replaces or stops all services that cannot read the new format, then restarts every config-api so that it writes that
 * format. Returns the URL of this release's config-api.
 */
async function writeBoundCredentials({ fleet }: World, previous: PreviousRelease): Promise<string> {
  if (!previous.opensBoundCredentials) {
    await fleet.start('dispatcher-3');
    await fleet.untilWorked('dispatcher-3');
    await fleet.stop('dispatcher-1');
  }
  await fleet.stop('config-api-1');
  if (previous.opensBoundCredentials) {
    await fleet.start('config-api-1', { release: previous.root, env: BOUND });
  }
  await fleet.stop('config-api-2');
  return (await fleet.start('config-api-2', { env: BOUND })).process.url;
}

/**
 * Lets customers change a bound field of every other webhook, and then another field again and again, while all
 * credentials are sealed again.
 */
async function resealUnderEdits(
  { fleet }: World,
  customers: ApiCustomers,
  api: string,
): Promise<{ recoveryMs: number; broken: string[] }> {
  const edited = customers.known.filter((_, i) => i % 2 === 0);
  const startedAt = Date.now();
  const resealed = new AbortController();
  const resealing = fleet
    .command('config-api', ['reseal-credentials'], BOUND)
    .finally(() => resealed.abort());
  await customers.createActions(api);
  for (let round = 0; !resealed.signal.aborted; round++)
    await customers.editActions(api, edited, { timeout_seconds: 20 + (round % 2), ssl_verify: true });
  const code = await resealing;
  const broken = code === 0 ? [] : [`reseal-credentials ended with ${code}`];
  return { recoveryMs: Date.now() - startedAt, broken };
}

/** The last step: restarts every dispatcher and config-api with this release, so that they refuse the old format. */
async function refuseOldFormat({ fleet }: World): Promise<void> {
  for (const place of fleet.places().filter((name) => /^(dispatcher|config-api)/.test(name))) {
    await fleet.stop(place);
    await fleet.start(place, { env: BOUND_ONLY });
    if (place.startsWith('dispatcher')) await fleet.untilWorked(place);
  }
}

/** Draws from the webhooks whose definitions every dispatcher has already read. */
function callsOf(customers: ApiCustomers): Parameters<typeof startOpenLoop>[0]['targets'] {
  return { draw: (random) => aWebhookDefinition(random.pick(customers.known)) };
}

/** Waits until every dispatcher has read the definitions of all webhooks, which are called from then on. */
async function untilKnown({ fleet, targets }: World, customers: ApiCustomers): Promise<void> {
  const actions = [...customers.actions];
  const dispatchers = fleet.places().filter((place) => place.startsWith('dispatcher'));
  const wanted = dispatchers.length * (actions.length + targets.definitions.length);
  while ((await fleet.sum('dispatcher', 'hookline_definitions')) < wanted) await sleep(KNOWN_POLL_MS);
  customers.known = actions;
}

async function countUnbound(databaseUrl: string): Promise<number> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM webhook_definitions WHERE get_byte(auth_sealed, 0) <> 2',
    );
    return rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}

/** Counts the executions that did not succeed; each is a violation, because endpoints accept their customer's token. */
function measure({ executions }: Ledger): Measured {
  const failed = executions.filter(({ outcomes }) => outcomes.some(({ status }) => status !== 'success'));
  const shown = failed.slice(0, EXAMPLES_SHOWN).map(({ executionId }) => executionId);
  const broken =
    failed.length === 0 ? [] : [`${failed.length} executions did not succeed: ${shown.join(', ')}`];
  return { figures: { failed: failed.length }, broken };
}
