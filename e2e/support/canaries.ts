import { randomBytes } from 'node:crypto';
import type { ApiAnswer, ApiClient } from './api.ts';
import type { Place } from './secret-search.ts';

/** Secrets unique to a run, and a text beside them that is none. */
export interface Canaries {
  /** Goes wherever the secrets go, and must be found. */
  marker: string;
  /** By name. Short, long and awkward; those that Hookline makes itself are added when they are made. */
  secrets: Record<string, string>;
  /** The part of a definition that authenticates or signs, by the name of the secret it holds. */
  authentication: Readonly<Record<string, Record<string, unknown>>>;
}

export function makeCanaries(): Canaries {
  const secrets = {
    basic: `${hexadecimal(6)}ä"ß\\☃ '+/=&<>${hexadecimal(6)}`,
    'basic-short': randomBytes(6).toString('base64url'),
    bearer: randomBytes(301).toString('base64'),
    'bearer-short': randomBytes(6).toString('base64url'),
    'api-key': `${hexadecimal(6)}"'\\<&>+/=%25 ~${hexadecimal(6)}`,
    signing: `whsec_${randomBytes(32).toString('base64')}`,
    replaced: randomBytes(24).toString('base64url'),
  };
  return {
    marker: `marker${hexadecimal(8)}`,
    secrets,
    authentication: {
      basic: { auth_type: 'basic', auth_config: { username: 'apiuser', password: secrets.basic } },
      'basic-short': { auth_type: 'basic', auth_config: { username: 'u', password: secrets['basic-short'] } },
      bearer: { auth_type: 'bearer', auth_config: { token: secrets.bearer } },
      'bearer-short': { auth_type: 'bearer', auth_config: { token: secrets['bearer-short'] } },
      'api-key': { auth_type: 'api_key', auth_config: { api_key: secrets['api-key'] } },
      signing: { signing_enabled: true, signing_secret: secrets.signing },
    },
  };
}

function hexadecimal(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

/** Secrets that an answer shows this once, by design: they are taken out before it is searched, and searched for. */
const SHOWN_ONCE = ['signing_secret', 'key'] as const;

/** Asks the API and keeps the answer. */
export type Ask = (
  client: ApiClient,
  method: string,
  path: string,
  content?: { body?: unknown; headers?: Record<string, string> },
) => Promise<ApiAnswer>;

/** @returns what the API answered so far, and how to ask it */
export function keptAnswers({ secrets }: Pick<Canaries, 'secrets'>): { answers: readonly Place[]; ask: Ask } {
  const answers: Place[] = [];
  const ask: Ask = async (client, method, path, { body, headers = {} } = {}) => {
    const answer = await client.send(method, path, body, headers);
    const kept = { ...answer.body };
    for (const field of SHOWN_ONCE) {
      if (typeof kept[field] === 'string') secrets[`${field} ${Object.keys(secrets).length}`] = kept[field];
      delete kept[field];
    }
    const bytes = Buffer.from(JSON.stringify([answer.headers, kept]));
    answers.push({ where: `answer ${answer.status} to ${method} ${path}`, bytes });
    return answer;
  };
  return { answers, ask };
}
