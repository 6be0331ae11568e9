import { checked, nonEmptyText, secret } from '@hookline/shared/runtime/setting';
import { parseKeyring } from '@hookline/credentials/keyring';
import { guardSettings } from '@hookline/destination-guard/guard-config';

/** Settings of every service that makes calls, or checks what they would reach and seals what they need. */
export const callSettings = {
  credentials: {
    masterKeys: secret(
      checked(
        nonEmptyText('HOOKLINE_MASTER_KEYS', {
          description:
            'Master keys that wrap the data keys: id:base64(32 bytes), comma-separated, primary first',
        }),
        parseKeyring,
      ),
    ),
  },
  destinations: guardSettings,
};
