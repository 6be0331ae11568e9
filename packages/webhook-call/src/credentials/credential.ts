import { SealError } from './seal-error.ts';

/** What a call authenticates with, in clear: it lives between opening and sending, and is never logged. */
export type Credential =
  | { type: 'basic'; username: string; password: string }
  | { type: 'bearer'; token: string }
  | { type: 'api_key'; apiKey: string };

/** Header of an api_key where the definition names none. */
export const DEFAULT_API_KEY_HEADER = 'X-API-Key';

const FIELDS = {
  basic: ['username', 'password'],
  bearer: ['token'],
  api_key: ['apiKey'],
} as const satisfies Record<Credential['type'], readonly string[]>;

/** Plaintext of a credential as it is sealed: JSON of its fields, without the type (that stands in the definition). */
export function credentialPlaintext({ type: _type, ...fields }: Credential): Buffer {
  return Buffer.from(JSON.stringify(fields));
}

/**
 * Reads an opened credential.
 * @throws SealError `malformed` if it does not hold the fields of its type
 */
export function parseCredential(type: Credential['type'], plaintext: Buffer): Credential {
  const fields = readFields(plaintext);
  if (!FIELDS[type].every((name) => typeof fields[name] === 'string')) {
    throw new SealError('malformed', `credential does not hold ${FIELDS[type].join(' and ')}`);
  }
  return { type, ...fields } as Credential;
}

function readFields(plaintext: Buffer): Record<string, unknown> {
  try {
    return (JSON.parse(plaintext.toString()) ?? {}) as Record<string, unknown>;
  } catch {
    // The cause is left out on purpose: the message of a SyntaxError quotes the text.
    throw new SealError('malformed', 'credential is no JSON');
  }
}

/** The header that carries a credential. `headerName` is the definition's, used by api_key. */
export function credentialHeader(
  credential: Credential,
  headerName: string | null,
): { name: string; value: string } {
  if (credential.type === 'api_key') {
    return { name: headerName ?? DEFAULT_API_KEY_HEADER, value: credential.apiKey };
  }
  if (credential.type === 'bearer') return { name: 'Authorization', value: `Bearer ${credential.token}` };
  // RFC 7617, with UTF-8.
  return { name: 'Authorization', value: `Basic ${Buffer.from(userPass(credential)).toString('base64')}` };
}

/** The strings of a credential that must appear nowhere. A user name alone is no secret. */
export function credentialSecrets(credential: Credential): string[] {
  if (credential.type === 'api_key') return [credential.apiKey];
  if (credential.type === 'bearer') return [credential.token];
  return [credential.password, userPass(credential)];
}

function userPass({ username, password }: Extract<Credential, { type: 'basic' }>): string {
  return `${username}:${password}`;
}
