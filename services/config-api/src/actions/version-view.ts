import { settingsOf } from '@hookline/shared/contracts/authentication/kinds';
import type { WebhookVersion, WebhookVersionSummary } from '@hookline/shared/contracts/rest/webhook-versions';
import { isoTime } from '../http/iso-time.ts';
import { definitionSettingsView } from './action-view.ts';
import type { StoredVersion, VersionSummary } from './stored-version.ts';

/** Converts a version to its API form. */
export function versionView(version: StoredVersion): WebhookVersion {
  return {
    action_id: version.actionId,
    workflow_id: version.workflowId,
    version: version.version,
    ...definitionSettingsView(version),
    auth: { type: version.auth.type, ...settingsOf(version.auth), credential_set: version.credentialSet },
    signing: { enabled: version.signed },
    paused: version.paused,
    published_at: isoTime(version.publishedAt),
  };
}

export function versionSummaryView({ publishedAt, ...summary }: VersionSummary): WebhookVersionSummary {
  return { ...summary, published_at: isoTime(publishedAt) };
}
