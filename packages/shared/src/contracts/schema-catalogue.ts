import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventName } from './events.ts';

/**
 * The published Avro schemas, read from `packages/shared/avro/<event>/v<N>.avsc` (the folder stands at the same
 * depth from `src` and from `dist`). The greatest version is the one we write; all of them are readable.
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

/** JSON texts of all published versions of an event's schema, oldest first. */
export function publishedSchemas(event: EventName): string[] {
  const dir = join(AVRO_DIR, FOLDER[event]);
  return readdirSync(dir)
    .map((file) => ({ file, version: Number(/^v(\d+)\.avsc$/.exec(file)?.[1]) }))
    .sort((a, b) => a.version - b.version)
    .map(({ file }) => readFileSync(join(dir, file), 'utf8'));
}
