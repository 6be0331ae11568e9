import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { credentialSecrets } from '@hookline/credentials/credential';
import { isShortSecret } from '@hookline/credentials/secret-filter';
import { authDestinations } from '@hookline/webhook-call/authentication/check-settings';
import { carriesCredential } from '@hookline/webhook-call/header-names';
import type { CredentialChange } from './auth-input.ts';
import { templateWarnings } from './template-warnings.ts';

type CheckedFields = Pick<
  WebhookDefinition,
  'url' | 'method' | 'sslVerify' | 'headers' | 'payloadTemplate' | 'auth' | 'paused'
>;

const PAUSED =
  'Paused: the calls of this webhook wait until they expire. A webhook is paused if its endpoint responds with 410 Gone; correct the URL, and resume the webhook with POST …/webhook/resume.';

/**
 * Lists human-readable warnings about a pause, and about settings that are accepted although they are insecure (R-011,
 * R-013) or have no effect.
 */
export function actionWarnings(definition: CheckedFields): string[] {
  const { url, sslVerify, headers, auth, paused } = definition;
  const openHeaders = Object.keys(headers).filter(carriesCredential);
  return [
    ...(paused ? [PAUSED] : []),
    ...(/^http:/i.test(url)
      ? [
          'Security warning: the URL uses http, so the request and its credentials travel unencrypted. Use https.',
        ]
      : []),
    ...authDestinations(auth)
      .filter((destination) => destination.url?.secure === false)
      .map(
        ({ field }) =>
          `Security warning: ${field} uses http, so the credential travels unencrypted. Use https.`,
      ),
    ...(sslVerify
      ? []
      : [
          'Security warning: ssl_verify is off, so anyone on the network path can read and change the request.',
        ]),
    ...openHeaders.map(
      (name) =>
        `Security warning: the header ${name} looks like a credential. Configured headers are stored and shown in plain text; use auth_config.`,
    ),
    ...templateWarnings(definition),
  ];
}

/**
 * Lists warnings about a new credential. They appear only once, because a sealed credential cannot be read again
 * (R-018).
 */
export function credentialWarnings(change: CredentialChange): string[] {
  if (change.kind !== 'set') return [];
  const secrets = credentialSecrets(change.credential).filter((secret) => secret !== '');
  if (!secrets.some(isShortSecret)) return [];
  return [
    'Security warning: auth_config contains a secret of fewer than 8 characters. It is easy to guess, and if the endpoint repeats it as part of a longer word, it is stored in plain text. Use a longer secret.',
  ];
}
