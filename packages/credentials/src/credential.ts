import {
  authenticationKind,
  type Credential,
  findAuthenticationKind,
} from '@hookline/shared/contracts/authentication/kinds';
import { SealError } from './seal-error.ts';

/** Returns the plaintext to seal: JSON of the credential's fields, without the type, which the definition contains. */
export function credentialPlaintext({ type: _type, ...fields }: Credential): Buffer {
  return Buffer.from(JSON.stringify(fields));
}

/**
 * Parses an opened credential.
 * @throws SealError `malformed` if the credential is not JSON or lacks a field of its type, or the type is unknown
 */
export function parseCredential(type: Credential['type'], plaintext: Buffer): Credential {
  const fields = readFields(plaintext);
  const wanted = sealedNames(type);
  if (!wanted.every((name) => typeof fields[name] === 'string')) {
    throw new SealError('malformed', `credential must contain ${wanted.join(' and ')}`);
  }
  return { type, ...fields } as Credential;
}

function readFields(plaintext: Buffer): Record<string, unknown> {
  try {
    return (JSON.parse(plaintext.toString()) ?? {}) as Record<string, unknown>;
  } catch {
    // The cause is omitted on purpose: the message of a SyntaxError quotes the text.
    throw new SealError('malformed', 'credential is not valid JSON');
  }
}

function sealedNames(type: string): string[] {
  const kind = findAuthenticationKind(type);
  if (!kind) throw new SealError('malformed', `this release does not support the auth type ${type}`);
  return Object.entries(kind.sealed).map(([name, { sealedAs = name }]) => sealedAs);
}

/** Lists the strings of a credential that must be hidden everywhere. */
export function credentialSecrets(credential: Credential): string[] {
  return authenticationKind(credential.type).secretTexts({ ...credential });
}
