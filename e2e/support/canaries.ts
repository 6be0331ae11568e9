import { randomBytes } from 'node:crypto';
import type { ApiAnswer, ApiClient } from './api.ts';
import type { SearchedPlace } from './secret-search.ts';

/** Secrets unique to a run, and a marker that is not secret. */
export interface Canaries {
  /** Text that is sent wherever the secrets are sent, and that the search must find. */
  marker: string;
  /** Short, long and unusual secrets by name; secrets that Hookline generates are added when it returns them. */
  secrets: Record<string, string>;
  /** Fields of a definition that set a credential or a signing secret, by the name of that secret. */
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

/**
 * Fields with secrets that a response shows once, by design: they are removed before the response is searched, and
 * their values are added to the secrets to search for.
 */
const SHOWN_ONCE = ['signing_secret', 'key'] as const;

/** Sends a request to the API and keeps the response. */
export type KeepingSend = (
  client: ApiClient,
  method: string,
  path: string,
  content?: { body?: unknown; headers?: Record<string, string> },
) => Promise<ApiAnswer>;

/** @returns the responses of the API so far, and the function that sends requests */
export function keptAnswers({ secrets }: Pick<Canaries, 'secrets'>): {
  answers: readonly SearchedPlace[];
  send: KeepingSend;
} {
  const answers: SearchedPlace[] = [];
  const send: KeepingSend = async (client, method, path, { body, headers = {} } = {}) => {
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
  return { answers, send };
}
