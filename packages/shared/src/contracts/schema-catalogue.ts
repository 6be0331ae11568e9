import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventName } from './events.ts';

/**
 * The published Avro schemas, read from `packages/shared/avro/<event>/v<N>.avsc` (the relative path is the same from
 * `src` and from `dist`). Records are written with the highest version only; all versions can be read. `npm run
 * canonical-schemas` writes the `v<N>.canonical.avsc` files next to them, for producers in other languages.
 */

const AVRO_DIR = join(import.meta.dirname, '../../avro');

const FOLDER: Record<EventName, string> = {
  WebhookRequested: 'webhook-requested',
  WebhookDefinition: 'webhook-definition',
  AccountKey: 'account-key',
  AccountSettings: 'account-settings',
  ExecutionCommand: 'execution-command',
  AttemptDue: 'attempt-due',
  WebhookAttempt: 'webhook-attempt',
  WebhookCompleted: 'webhook-completed',
  DeadLetter: 'dead-letter',
};

export const EVENT_NAMES = Object.keys(FOLDER) as EventName[];

/** A published version of an event's schema. */
interface PublishedFile {
  path: string;
  schemaJson: string;
}

/** Returns all published versions of an event's schema, oldest first. */
export function publishedFiles(event: EventName): PublishedFile[] {
  const dir = join(AVRO_DIR, FOLDER[event]);
  return readdirSync(dir)
    .flatMap((file) => {
      const version = /^v(\d+)\.avsc$/.exec(file)?.[1];
      return version === undefined ? [] : [{ path: join(dir, file), version: Number(version) }];
    })
    .sort((a, b) => a.version - b.version)
    .map(({ path }) => ({ path, schemaJson: readFileSync(path, 'utf8') }));
}

/** Returns the JSON texts of all published versions of an event's schema, oldest first. */
export function publishedSchemas(event: EventName): string[] {
  return publishedFiles(event).map(({ schemaJson }) => schemaJson);
}
