import { isDeepStrictEqual } from 'node:util';
import type { WebhookComparison } from '@hookline/shared/contracts/rest/webhook-versions';

/** Form in which definitions are compared: the settings as the API shows them, without secrets. */
type Comparable = Readonly<Record<string, unknown>>;

/** Fields that identify a definition or describe its state rather than configure it. */
const IGNORED: ReadonlySet<string> = new Set([
  'id',
  'external_id',
  'action_id',
  'workflow_id',
  'version',
  'paused',
  'warnings',
  'created_at',
  'updated_at',
  'published_at',
  'revision',
  'based_on',
  'published_version',
]);

/** Fields that are compared member by member. */
const OBJECTS: ReadonlySet<string> = new Set(['headers', 'response_mapping', 'auth', 'signing']);

/** Returns the fields of an API form that are compared. Of `signing`, only `enabled` is compared. */
export function comparableOf(view: { signing: { enabled: boolean } }): Comparable {
  const { signing, ...rest } = view;
  const settings = Object.entries(rest).filter(([name]) => !IGNORED.has(name));
  return { ...Object.fromEntries(settings), signing: { enabled: signing.enabled } };
}

/** Lists the fields that differ. */
export function compareDefinitions(before: Comparable, after: Comparable): WebhookComparison['changes'] {
  return Object.entries(before).flatMap(([name, value]) =>
    OBJECTS.has(name)
      ? compareMembers(name, value as Comparable, after[name] as Comparable)
      : compareValues(name, value, after[name]),
  );
}

function compareMembers(name: string, before: Comparable, after: Comparable): WebhookComparison['changes'] {
  const members = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...members].flatMap((member) =>
    compareValues(`${name}.${member}`, memberOf(before, member), memberOf(after, member)),
  );
}

function compareValues(field: string, before: unknown, after: unknown): WebhookComparison['changes'] {
  if (isDeepStrictEqual(before, after)) return [];
  return [{ field, before: before ?? null, after: after ?? null }];
}

/** Reads only own properties, because a header may have the name of a property that every object inherits. */
function memberOf(object: Comparable, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
