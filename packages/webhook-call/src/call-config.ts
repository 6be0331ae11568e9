import { LIMITS } from '@hookline/shared/contracts/limits';
import { checked, count, nonEmptyText, secret } from '@hookline/shared/runtime/setting';
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
  /** The worker pool (ADR 26). */
  evaluations: {
    threads: count('HOOKLINE_EVALUATION_THREADS', LIMITS.evaluationThreads, {
      default: 2,
      description:
        'Threads that render, filter and map what is too large for the event loop; each starts when it is first needed',
    }),
  },
};
