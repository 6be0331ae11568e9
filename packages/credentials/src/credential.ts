import {
  authenticationKind,
  type Credential,
  findAuthenticationKind,
} from '@hookline/shared/contracts/authentication/kinds';
import { SealError } from './seal-error.ts';

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
  const wanted = sealedNames(type);
  if (!wanted.every((name) => typeof fields[name] === 'string')) {
    throw new SealError('malformed', `credential does not hold ${wanted.join(' and ')}`);
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

function sealedNames(type: string): string[] {
  const kind = findAuthenticationKind(type);
  if (!kind) throw new SealError('malformed', `this release does not know the auth type ${type}`);
  return Object.entries(kind.sealed).map(([name, { sealedAs = name }]) => sealedAs);
}

/** The strings of a credential that must appear nowhere. */
export function credentialSecrets(credential: Credential): string[] {
  return authenticationKind(credential.type).secretTexts({ ...credential });
}
