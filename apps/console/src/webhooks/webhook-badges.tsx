import { Badge } from '../shell/badge.tsx';
import { texts } from '../texts.ts';
import type { WebhookRow } from './webhook-search.ts';

const { states } = texts.webhooks;

/** Badges that show whether a webhook is called, and whether it has a draft. */
export function WebhookBadges({
  row,
}: {
  row: Pick<WebhookRow, 'version' | 'enabled' | 'paused' | 'hasDraft'>;
}) {
  return (
    <span className="table-badges">
      {row.version === null ? (
        <Badge tone="plain" icon="dash">
          {states.unpublished}
        </Badge>
      ) : row.paused ? (
        <Badge tone="wait" icon="pause">
          {states.paused}
        </Badge>
      ) : row.enabled ? (
        <Badge tone="ok" icon="check">
          {states.enabled}
        </Badge>
      ) : (
        <Badge tone="plain" icon="cross">
          {states.disabled}
        </Badge>
      )}
      {row.hasDraft && (
        <Badge tone="warn" icon="clock">
          {states.draft}
        </Badge>
      )}
    </span>
  );
}
