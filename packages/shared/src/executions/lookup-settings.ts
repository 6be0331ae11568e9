import { isPublished } from '../runtime/local-use.ts';
import { checked, localOnly, nonEmptyText, secret } from '../runtime/setting.ts';
import { LOOKUP_KEY_BYTES } from './contact-hashes.ts';

/**
 * Key for local runs, published here and in docker-compose.yml, so that `npm start` and tests work without a setting.
 */
const LOCAL_KEY = 'aG9va2xpbmUtbG9jYWwtbG9vay11cC1rZXktMDEyMzQ=';

/** Settings of the services that store contacts for look-up, or look them up. */
export const lookupSettings = {
  key: localOnly(
    secret(
      checked(
        nonEmptyText('HOOKLINE_LOOKUP_KEY', {
          default: LOCAL_KEY,
          description:
            'Key under which contacts are stored for look-up: base64 of 32 bytes, the same in config-api and log-ingestor; contacts that were stored under another key are no longer found',
        }),
        checkKey,
      ),
    ),
    publishedKey,
  ),
};

function checkKey(text: string): void {
  const key = Buffer.from(text, 'base64');
  if (key.length !== LOOKUP_KEY_BYTES || key.toString('base64') !== text)
    throw new Error(
      `must be base64 of ${LOOKUP_KEY_BYTES} bytes; generate it with openssl rand -base64 ${LOOKUP_KEY_BYTES}`,
    );
}

function publishedKey(text: string): string | null {
  return isPublished(text)
    ? `must be a key of your own; generate it with openssl rand -base64 ${LOOKUP_KEY_BYTES}`
    : null;
}
