import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { authDestinations } from '@hookline/webhook-call/authentication/check-settings';
import { carriesCredential } from '@hookline/webhook-call/request/header-rules';

type CheckedFields = Pick<WebhookDefinition, 'url' | 'sslVerify' | 'headers' | 'auth'>;

/** Lists warnings, for people, about settings that are accepted but insecure. */
export function actionWarnings({ url, sslVerify, headers, auth }: CheckedFields): string[] {
  const openHeaders = Object.keys(headers).filter(carriesCredential);
  return [
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
  ];
}
