import { guardConfig } from '@hookline/destination-guard/guard-config';
import { secret } from '@hookline/shared/runtime/config';

/** Environment variables of every service that makes calls or checks what they would reach. */
export const callConfig = {
  HOOKLINE_MASTER_KEYS: secret({
    desc: 'Master keys that wrap the data keys: id:base64(32 bytes), comma-separated, primary first',
  }),
  ...guardConfig,
};

/** Names whose values are never shown. */
export const CALL_SECRETS = ['HOOKLINE_MASTER_KEYS'];
