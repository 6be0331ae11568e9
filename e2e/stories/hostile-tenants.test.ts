import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WebhookCompleted } from '@hookline/shared/contracts/events';
import { request as httpRequest } from 'undici';
import type { Account } from '../support/api.ts';
import { HOSTILE_ACTIONS, type HostileAction, REFUSED_DEFINITIONS } from '../support/hostile-actions.ts';
import { startStory, type Story } from '../support/story.ts';

/**
 * One account requests the costliest work that it may, on Kafka and over REST, while other accounts work.
 * `npm run faults -- --only hostile-tenants` measures how late the calls of the other accounts start.
 */

const ACTIONS_PATH = '/api/v1/workflows/workflow_1/actions';
const OTHERS = 5;
const EXECUTIONS_EACH = 8;
/** Number of executions of each hostile action that are unfinished at any time. */
const OUTSTANDING = 2;
/** Long enough for an evaluation that is aborted, and for all evaluations queued before it. */
const HOSTILE_DEADLINE_MS = 300_000;

interface HostileOutcome {
  action: HostileAction;
  outcome: WebhookCompleted;
}

let story: Story;
let others: { account: Account; actionId: string }[];
let hostileActions: { action: HostileAction; actionId: string }[];

beforeAll(async () => {
  const answers = HOSTILE_ACTIONS.map(({ name, answer }) => [`/${name}`, { body: answer }] as const);
  story = await startStory({ scripts: Object.fromEntries(answers) });
  others = await Promise.all(Array.from({ length: OTHERS }, createOther));
  hostileActions = [];
  for (const action of HOSTILE_ACTIONS) {
    hostileActions.push({ action, actionId: await story.account.createAction(definitionOf(action)) });
  }
});

afterAll(() => story?.stop());

async function createOther(): Promise<{ account: Account; actionId: string }> {
  const account = await story.hookline.api.account();
  const url = `${story.receiver.url}/other`;
  return {
    account,
    actionId: await account.createAction({ url, method: 'POST', payload_template: { a: 1 } }),
  };
}

function definitionOf({ name, definition }: HostileAction): Record<string, unknown> {
  return { url: `${story.receiver.url}/${name}`, method: 'POST', retry_enabled: false, ...definition };
}

/** Keeps hostile executions and REST requests in progress until it is stopped. */
class HostileLoad {
  readonly outcomes: HostileOutcome[] = [];
  /** Statuses of the responses to REST requests. */
  readonly statuses = new Set<number>();
  readonly #work: Promise<unknown>;
  #running = true;

  constructor() {
    const executing = hostileActions.flatMap((one) =>
      Array.from({ length: OUTSTANDING }, () => this.#repeat(() => this.#execute(one))),
    );
    const asking = [
      this.#repeat(() => this.#testCall()),
      this.#repeat(() => this.#configure()),
      this.#repeat(() => this.#list()),
    ];
    this.#work = Promise.all([...executing, ...asking]);
    // `stop` reports a failure; until then nothing awaits this promise.
    this.#work.catch(() => undefined);
  }

  /** Stops the load; resolves when all executions that it requested have ended. */
  async stop(): Promise<void> {
    this.#running = false;
    await this.#work;
  }

  async #repeat(act: () => Promise<void>): Promise<void> {
    do {
      await act();
    } while (this.#running);
  }

  async #execute({ action, actionId }: (typeof hostileActions)[number]): Promise<void> {
    const { account, hookline } = story;
    const { context } = action;
    const requested = await hookline.engine.request({ accountId: account.id, actionId, context });
    const outcome = await hookline.outcome(requested, HOSTILE_DEADLINE_MS);
    this.outcomes.push({ action, outcome });
  }

  async #testCall(): Promise<void> {
    for (const { action } of hostileActions) {
      if (!this.#running) return;
      const { status } = await story.account.send('POST', '/api/v1/webhooks/test', definitionOf(action));
      this.statuses.add(status);
    }
  }

  async #list(): Promise<void> {
    const { status } = await story.account.send('GET', '/api/v1/webhook-executions?limit=100');
    this.statuses.add(status);
  }

  async #configure(): Promise<void> {
    for (const { action } of hostileActions) {
      if (!this.#running) return;
      const { status, body } = await story.account.send(
        'POST',
        `${ACTIONS_PATH}/webhook`,
        definitionOf(action),
      );
      this.statuses.add(status);
      if (status !== 201) continue;
      const removed = await story.account.send('DELETE', `${ACTIONS_PATH}/${String(body['id'])}/webhook`);
      this.statuses.add(removed.status);
    }
  }
}

/** Returns the HTTP status of `/readyz` of every service. */
async function readiness(): Promise<number[]> {
  const urls = story.hookline.operationsUrls;
  return Promise.all(
    urls.map(async (url) => {
      const { statusCode, body } = await httpRequest(`${url}/readyz`);
      await body.dump();
      return statusCode;
    }),
  );
}

async function outcomesOf({ account, actionId }: (typeof others)[number]): Promise<string[]> {
  const outcomes: string[] = [];
  for (let i = 0; i < EXECUTIONS_EACH; i++) {
    const requested = await story.hookline.engine.request({ accountId: account.id, actionId });
    outcomes.push((await story.hookline.outcome(requested)).status);
    expect(await readiness()).toEqual(story.hookline.operationsUrls.map(() => 200));
  }
  return outcomes;
}

describe('A-035 one account configures and calls the costliest webhooks that it may', () => {
  let hostile: HostileLoad;

  it('A-035 other accounts lose nothing, and every service stays ready', async () => {
    hostile = new HostileLoad();
    try {
      const outcomes = await Promise.all(others.map(outcomesOf));
      expect(outcomes).toEqual(others.map(() => Array(EXECUTIONS_EACH).fill('success')));
    } finally {
      await hostile.stop();
    }
    expect([...hostile.statuses].filter((status) => status >= 500)).toEqual([]);
  }, 900_000);

  it('A-035 its own executions end as documented', () => {
    const ends = hostile.outcomes.map(({ action, outcome }) => `${action.name}: ${outcome.errorType}`);
    const documented = HOSTILE_ACTIONS.map(({ name, errorType }) => `${name}: ${errorType}`);
    expect([...new Set(ends)].sort()).toEqual(documented.sort());
  });

  it('A-035 each of its mappings sets a value or is reported', () => {
    for (const { action, outcome } of hostile.outcomes) {
      const targets = Object.keys((action.definition['response_mapping'] as object | undefined) ?? {});
      const { mappedFields, mappingErrors } = outcome;
      const reported = { ...mappedFields, ...mappingErrors };
      expect({ name: action.name, targets: Object.keys(reported).sort() }).toEqual({
        name: action.name,
        targets: targets.sort(),
      });
    }
  });

  it.each(REFUSED_DEFINITIONS)('A-035 %s is refused at configuration', async (_name, fields) => {
    const definition = { url: `${story.receiver.url}/refused`, method: 'POST', ...fields };
    // Uses a new account, which has not used up its request quota.
    const account = await story.hookline.api.account();
    const { status } = await account.send('POST', `${ACTIONS_PATH}/webhook`, definition);
    expect([413, 422]).toContain(status);
  });

  it('A-035 no service reports an error of its own', () => {
    const reports = story.hookline.logs.all.map((line) => JSON.parse(line) as { level: string });
    expect(reports.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });
});
