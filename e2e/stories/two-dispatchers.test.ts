import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WebhookRequested } from '@hookline/shared/contracts/events';
import { accountPartition } from '@hookline/shared/kafka/topics/account-partition';
import type { Account } from '../support/api.ts';
import { startService } from '../support/service-process.ts';
import { startStory, type Story } from '../support/story.ts';

/** A second dispatcher joins a working dispatcher and leaves again, under continuous load. */

const ACCOUNTS_PER_PARTITION = 2;
/** Maximum number of an account's calls in flight. */
const LIMIT = 5;
/** Outstanding executions of each account: some are in flight, the others wait. */
const OUTSTANDING = 40;
/** Response time of an endpoint, long enough for a hand-over to happen during calls. */
const ANSWER_MS = 30;

let story: Story;
let customers: Customer[];

beforeAll(async () => {
  story = await startStory({ without: ['dispatcher'] });
  customers = await customersOfBothPartitions();
});

afterAll(() => story.stop());

/** An account with an endpoint that is called continuously. */
class Customer {
  readonly partition: number;
  readonly requests: WebhookRequested[] = [];
  /** Executions that have an outcome. */
  readonly ended = new Set<string>();
  /** Peak number of concurrent calls since this field was last set to 0. */
  peakInFlight = 0;
  readonly #account: Account;
  readonly #actionId: string;
  #inFlight = 0;
  #running = true;
  #progress = Promise.withResolvers<void>();

  constructor(account: Account, actionId: string, partition: number) {
    this.#account = account;
    this.#actionId = actionId;
    this.partition = partition;
    story.receiver.script(`/${account.id}`, () => {
      this.peakInFlight = Math.max(this.peakInFlight, ++this.#inFlight);
      return { after: () => sleep(ANSWER_MS).then(() => this.#inFlight--) };
    });
  }

  /** Requests executions continuously, several at a time, until `end` is called. */
  async run(): Promise<void> {
    const one = async (): Promise<void> => {
      while (this.#running) {
        const accountId = this.#account.id;
        const request = await story.hookline.engine.request({ accountId, actionId: this.#actionId });
        this.requests.push(request);
        await story.hookline.outcome(request);
        this.ended.add(request.executionId);
        this.#progress.resolve();
        this.#progress = Promise.withResolvers<void>();
      }
    };
    await Promise.all(Array.from({ length: OUTSTANDING }, one));
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.#progress.promise;
  }

  end(): void {
    this.#running = false;
  }
}

async function customersOfBothPartitions(): Promise<Customer[]> {
  const { hookline, receiver } = story;
  const found: Customer[] = [];
  while (found.length < 2 * ACCOUNTS_PER_PARTITION) {
    const account = await hookline.api.account();
    const partition = accountPartition(account.id, hookline.topics.partitions);
    if (found.filter((one) => one.partition === partition).length === ACCOUNTS_PER_PARTITION) continue;
    await hookline.api.send('PUT', `/api/v1/accounts/${account.id}/settings`, { max_in_flight: LIMIT });
    const actionId = await account.createAction({ url: `${receiver.url}/${account.id}`, method: 'POST' });
    found.push(new Customer(account, actionId, partition));
  }
  return found;
}

/**
 * Resolves once each customer has had this many further outcomes, which shows that every partition is being processed.
 */
async function untilFurtherOutcomes(outcomes: number): Promise<void> {
  await Promise.all(
    customers.map((customer) => {
      const enough = customer.ended.size + outcomes;
      return customer.until(() => customer.ended.size >= enough);
    }),
  );
}

/** Resolves once everything requested so far has its outcome. */
async function untilAllEnded(): Promise<void> {
  await Promise.all(
    customers.map((customer) => {
      const ids = customer.requests.map(({ executionId }) => executionId);
      return customer.until(() => ids.every((id) => customer.ended.has(id)));
    }),
  );
}

const allRequests = (): WebhookRequested[] => customers.flatMap(({ requests }) => requests);

/** Returns the requests whose endpoint was called more than once. */
function repeated(requests: readonly WebhookRequested[]): WebhookRequested[] {
  const calls = Map.groupBy(story.receiver.seen, (call) => call.header('webhook-id'));
  return requests.filter(({ executionId }) => (calls.get(executionId)?.length ?? 0) > 1);
}

describe('a second dispatcher', () => {
  it('joins under load, repeating at most the calls of one partition, and leaves without repeating any', async () => {
    const first = await startService('dispatcher', story.hookline);
    const load = Promise.all(customers.map((customer) => customer.run()));
    await untilFurtherOutcomes(30);

    const second = await startService('dispatcher', story.hookline);
    const atJoin = allRequests();
    await untilAllEnded();
    const peaksAtJoin = customers.map((customer) => customer.peakInFlight);
    for (const customer of customers) customer.peakInFlight = 0;
    await untilFurtherOutcomes(30);
    await second.stop();
    await untilFurtherOutcomes(30);
    for (const customer of customers) customer.end();
    await load;
    await first.stop();

    const partitions = new Set(
      repeated(allRequests()).map(({ accountId }) =>
        accountPartition(accountId, story.hookline.topics.partitions),
      ),
    );
    // One of the two partitions moves to the second dispatcher; only its calls that are in flight then may be repeated.
    expect(partitions.size).toBeLessThanOrEqual(1);
    expect(repeated(atJoin).length).toBeLessThanOrEqual(ACCOUNTS_PER_PARTITION * LIMIT);
    for (const peak of peaksAtJoin) expect(peak).toBeLessThanOrEqual(2 * LIMIT);
    // A dispatcher that drains before leaving repeats nothing and exceeds no limit.
    expect(repeated(allRequests())).toEqual(repeated(atJoin));
    for (const { peakInFlight } of customers) expect(peakInFlight).toBeLessThanOrEqual(LIMIT);
  });
});
