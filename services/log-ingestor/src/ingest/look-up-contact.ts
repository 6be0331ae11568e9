import type { ContactHashes } from '@hookline/shared/executions/contact-hashes';
import type { LookUpContact } from './read-batch.ts';
import { readContact } from './read-contact.ts';

/** Hashes the contact of each request with the key of its account. */
export function createLookUpContact(hashes: ContactHashes): LookUpContact {
  return ({ accountId, context }) => {
    const { id, email } = readContact(context);
    return {
      idHash: id === null ? null : hashes.ofId(accountId, id),
      emailHash: email === null ? null : hashes.ofEmail(accountId, email),
    };
  };
}
