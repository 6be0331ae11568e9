import type { Authentication } from '@hookline/shared/contracts/authentication/kind';
import { parseAllowList } from '@hookline/destination-guard/allow-list';
import { createDestinationGuard } from '@hookline/destination-guard/destination-guard';
import { createResolver } from '@hookline/destination-guard/resolver';
import { createNetworkEnvironment } from '@hookline/destination-guard/surroundings';
import { type DnsServer, startDnsServer, type Zone } from '@hookline/destination-guard/testing/dns-server';
import type { CallFailure, CallResult } from '../call/call-result.ts';
import { type CallOptions, createCaller } from '../call/caller.ts';
import type { CallableDefinition } from '../request/compile-definition.ts';
import type { PreparedRequest } from '../call/prepared-request.ts';
import { prepareRequest } from './prepare-request.ts';
import { compileSample } from './sample-definition.ts';

export const LOOPBACK = '127.0.0.0/8';
const PATIENT: CallOptions = { accountId: 'acct_1', timeoutMs: 30_000, sslVerify: true };

/** The real caller and the real destination guard; both use the name server `dns`. */
export interface TestCaller extends AsyncDisposable {
  dns: DnsServer;
  /** CPU time that was charged to accounts, in order. */
  charges: { accountId: string; usedMs: number }[];
  call(request: PreparedRequest, options?: Partial<CallOptions>): Promise<CallResult>;
}

/** @param allowed allow-list of the guard that checks connections */
export async function startCaller(zone: Zone = {}, allowed = LOOPBACK): Promise<TestCaller> {
  const dns = await startDnsServer(zone);
  const resolver = createResolver({ servers: [dns.address] });
  const environment = createNetworkEnvironment({ resolver });
  const guard = createDestinationGuard(parseAllowList(allowed), { environment });
  const charges: TestCaller['charges'] = [];
  const charge = (accountId: string, usedMs: number): void => void charges.push({ accountId, usedMs });
  const caller = createCaller({ guard, resolver, charge });
  return {
    dns,
    charges,
    call: (request, options = {}) => caller.call(request, { ...PATIENT, ...options }),
    async [Symbol.asyncDispose]() {
      await caller.close();
      resolver.close();
      await dns[Symbol.asyncDispose]();
    },
  };
}

/** Options of a test request besides its definition. */
interface PrepareOptions {
  /** Allow-list of the guard that checks the definition. */
  allowed?: string;
  authentication?: Authentication | null;
}

/** Prepares a request in the same way as an attempt. */
export function prepare(
  url: string,
  changes: Partial<CallableDefinition> = {},
  { allowed = LOOPBACK, authentication = null }: PrepareOptions = {},
): PreparedRequest {
  const prepared = prepareRequest(compileSample({ url, ...changes }, allowed), {
    context: { contact: { email: 'jane@example.com' } },
    executionId: 'e-1',
    attempt: 1,
    authentication,
    signing: null,
  });
  if (prepared.kind === 'refused') throw new Error(prepared.detail);
  return prepared;
}

export function callFailureOf(result: CallResult): CallFailure['failure'] | 'none' {
  return result.kind === 'failed' ? result.failure : 'none';
}

export function portOf({ url }: { url: string }): string {
  return new URL(url).port;
}
