import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, createApi } from '../../support/api.ts';
import { HOSTILE_ACTIONS, type HostileAction } from '../../support/hostile-actions.ts';
import { UNRECORDED_QUERY } from '../receiver/receiver-messages.ts';
import type { Random } from '../seeded-random.ts';
import type { RequestTarget } from './engine.ts';
import type { Load } from './open-loop.ts';

/**
 * Pause between two rounds of REST requests, short enough for the requests to far exceed the quota of test calls.
 */
const REST_PAUSE_MS = 200;
const ACTIONS_PATH = '/api/v1/workflows/workflow_1/actions';

export interface HostileTenantOptions {
  /** Base URL of config-api. */
  apiUrl: string;
  adminKey: string;
  /** `host:port` of the receiver. */
  address: string;
}

/** An ordinary account with one API key, which configures and requests the costliest work that is allowed. */
export class HostileTenant {
  /** Number of responses of config-api to the requests of `startRestLoad`, by status. */
  readonly statuses = new Map<number, number>();
  readonly #account: Account;
  readonly #address: string;
  /** Actions, each repeated according to its share. */
  readonly #targets: RequestTarget[] = [];

  private constructor(account: Account, address: string) {
    this.#account = account;
    this.#address = address;
  }

  /** Creates the account and its actions over REST; resolves when config-api has stored them. */
  static async create({ apiUrl, adminKey, address }: HostileTenantOptions): Promise<HostileTenant> {
    // Does not wait for publication, because the dispatcher defers a request up to three times if it does not have the
    // definition yet.
    const api = createApi(apiUrl, adminKey, async () => undefined);
    const tenant = new HostileTenant(await api.account(), address);
    for (const action of HOSTILE_ACTIONS) await tenant.#create(action);
    return tenant;
  }

  get accountId(): string {
    return this.#account.id;
  }

  /** Draws one of the tenant's actions, in proportion to their shares. */
  draw(random: Random): RequestTarget {
    return random.pick(this.#targets);
  }

  /** Makes test calls, and creates and deletes further actions, with the hostile definitions, one request at a time. */
  startRestLoad(): Load {
    const stopping = new AbortController();
    const run = async (): Promise<void> => {
      for (let i = 0; !stopping.signal.aborted; i++) {
        const action = HOSTILE_ACTIONS[i % HOSTILE_ACTIONS.length] ?? fail();
        await this.#send('POST', '/api/v1/webhooks/test', this.#definition(action, `?${UNRECORDED_QUERY}`));
        const created = await this.#send('POST', `${ACTIONS_PATH}/webhook`, this.#definition(action));
        const id = created['id'];
        if (typeof id === 'string') await this.#send('DELETE', `${ACTIONS_PATH}/${id}/webhook`);
        await sleep(REST_PAUSE_MS);
      }
    };
    const running = run();
    // `stop` reports a failure; until then nothing awaits this promise.
    running.catch(() => undefined);
    return {
      stop: async () => {
        stopping.abort();
        await running;
      },
    };
  }

  async #create(action: HostileAction): Promise<void> {
    const actionId = await this.#account.createAction(this.#definition(action));
    // A context that leads to render_error is invalid on purpose, so its requests may become dead letters.
    const malformed = action.errorType === 'render_error';
    const target = { accountId: this.#account.id, actionId, context: action.context, malformed };
    for (let i = 0; i < action.share; i++) this.#targets.push(target);
  }

  #definition({ name, definition }: HostileAction, query = ''): Record<string, unknown> {
    const url = `http://${this.#address}/hostile/${this.#account.id}/${name}${query}`;
    return { url, method: 'POST', retry_enabled: false, ...definition };
  }

  async #send(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const answer = await this.#account.send(method, path, body);
    this.statuses.set(answer.status, (this.statuses.get(answer.status) ?? 0) + 1);
    return answer.body;
  }
}

function fail(): never {
  throw new Error('HOSTILE_ACTIONS is empty; list at least one action');
}
