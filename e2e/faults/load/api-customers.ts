import { setTimeout as sleep } from 'node:timers/promises';
import { tokenOf } from '../receiver/behaviours.ts';

/** A customer's webhook, created through the API and called by the load. */
export interface CustomerAction {
  accountId: string;
  actionId: string;
}

interface Customer {
  accountId: string;
  key: string;
}

const WORKFLOW = '/api/v1/workflows/workflow_1/actions';
const CONFLICT = 409;
const RETRY_MS = 100;
const MAX_TRIES = 100;

/**
 * Customers who configure webhooks through the API while the load runs. Each endpoint accepts only the token of its
 * customer.
 */
export class ApiCustomers {
  readonly #adminKey: string;
  /** `host:port` of the receiver. */
  readonly #receiver: string;
  readonly #customers: Customer[] = [];
  readonly actions: CustomerAction[] = [];
  /** Actions whose definitions every dispatcher has read, so that they may be called. */
  known: readonly CustomerAction[] = [];
  /** Numbers of successful changes, and of 409 responses because the action was changed at the same time. */
  readonly counts = { edits: 0, conflicts: 0 };

  constructor({ adminKey, receiver }: { adminKey: string; receiver: string }) {
    this.#adminKey = adminKey;
    this.#receiver = receiver;
  }

  /** @param url base URL of the config-api to use */
  async createCustomer(url: string): Promise<void> {
    const { id } = await this.#expect(url, this.#adminKey, [
      'POST',
      '/api/v1/accounts',
      { name: 'Customer' },
    ]);
    const body = { account_id: id, name: 'all', scopes: ['read', 'write', 'execute'] };
    const { key } = await this.#expect(url, this.#adminKey, ['POST', '/api/v1/api-keys', body]);
    this.#customers.push({ accountId: String(id), key: String(key) });
  }

  /** Creates a webhook for every customer, at first without verification of certificates. */
  async createActions(url: string): Promise<void> {
    for (const customer of this.#customers) {
      const { accountId, key } = customer;
      const auth_config = { token: tokenOf(accountId) };
      const body = { ...this.#definition(accountId), ssl_verify: false, auth_config };
      const { id } = await this.#expect(url, key, ['POST', `${WORKFLOW}/webhook`, body]);
      this.actions.push({ accountId, actionId: String(id) });
    }
  }

  /**
   * Changes webhooks without sending their token, like a customer who edits other fields. Retries after a conflict,
   * as the response advises.
   */
  async editActions(
    url: string,
    actions: readonly CustomerAction[],
    changes: { timeout_seconds: number; ssl_verify: boolean },
  ): Promise<void> {
    for (const { accountId, actionId } of actions) {
      const key = this.#customers.find((customer) => customer.accountId === accountId)?.key ?? '';
      const body = { ...this.#definition(accountId), ...changes };
      await this.#put(url, key, { path: `${WORKFLOW}/${actionId}/webhook`, body });
      this.counts.edits++;
    }
  }

  async #put(url: string, key: string, { path, body }: { path: string; body: object }): Promise<void> {
    for (let tries = 1; ; tries++) {
      const { status, text } = await send(url, key, ['PUT', path, body]);
      if (status === 200) return;
      if (status !== CONFLICT || tries === MAX_TRIES) throw new Error(`PUT ${path}: ${status} ${text}`);
      this.counts.conflicts++;
      await sleep(RETRY_MS);
    }
  }

  async #expect(url: string, key: string, request: Request): Promise<Record<string, unknown>> {
    const { status, text } = await send(url, key, request);
    if (status !== 201) throw new Error(`${request[0]} ${request[1]}: ${status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  #definition(accountId: string): object {
    const url = `http://${this.#receiver}/guarded/${accountId}/hook`;
    return { url, method: 'POST', payload_template: {}, auth_type: 'bearer' };
  }
}

type Request = [method: string, path: string, body: object];

async function send(
  url: string,
  key: string,
  [method, path, body]: Request,
): Promise<{ status: number; text: string }> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const answer = await fetch(url + path, { method, headers, body: JSON.stringify(body) });
  return { status: answer.status, text: await answer.text() };
}
