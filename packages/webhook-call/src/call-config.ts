import { LIMITS } from '@hookline/shared/contracts/limits';
import { checked, count, localOnly, nonEmptyText, oneOf, secret } from '@hookline/shared/runtime/setting';
import { parseKeyring, weakMasterKeys } from '@hookline/credentials/keyring';
import { guardSettings } from '@hookline/destination-guard/guard-config';

/** Steps of the migration to credentials that are bound to their destination (ADR 28). */
const CREDENTIAL_BINDINGS = ['action', 'destination', 'destination_only'] as const;

/** Settings of every service that makes calls, or that checks destinations and seals credentials for calls. */
export const callSettings = {
  credentials: {
    masterKeys: localOnly(
      secret(
        checked(
          nonEmptyText('HOOKLINE_MASTER_KEYS', {
            description:
              'Master keys that wrap the data keys: id:base64(32 bytes), comma-separated, primary first',
          }),
          parseKeyring,
        ),
      ),
      weakMasterKeys,
    ),
    binding: oneOf('HOOKLINE_CREDENTIAL_BINDING', CREDENTIAL_BINDINGS, {
      default: 'action',
      description:
        'Binding of stored credentials. action: only to their action, as in earlier releases; destination: also to their destination; destination_only: the same, and credentials bound only to their action are no longer opened. Raise it step by step as described in docs/operations/credential-binding.md',
    }),
  },
  destinations: guardSettings,
  /** Settings of the worker pool (ADR 26). */
  evaluations: {
    threads: count('HOOKLINE_EVALUATION_THREADS', LIMITS.evaluationThreads, {
      default: 2,
      description:
        'Threads that render, filter and map what is too large for the event loop; each starts when it is first needed',
    }),
  },
};
