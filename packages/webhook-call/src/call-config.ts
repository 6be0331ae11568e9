import { guardConfig } from '@hookline/destination-guard/guard-config';
import { oneOf, secret } from '@hookline/shared/runtime/config';

/** The steps of the roll to credentials that are bound to their destination (ADR 28). */
const CREDENTIAL_BINDINGS = ['action', 'destination', 'destination_only'] as const;

/** Environment variables of every service that makes calls or checks what they would reach. */
export const callConfig = {
  HOOKLINE_MASTER_KEYS: secret({
    desc: 'Master keys that wrap the data keys: id:base64(32 bytes), comma-separated, primary first',
  }),
  HOOKLINE_CREDENTIAL_BINDING: oneOf(...CREDENTIAL_BINDINGS)({
    default: 'action',
    desc: 'What stored credentials are bound to: action (as releases before wrote them), destination, or destination_only, which also refuses to open those bound to their action alone; raise it in the steps of docs/operations/credential-binding.md',
  }),
  ...guardConfig,
};

/** Names whose values are never shown. */
export const CALL_SECRETS = ['HOOKLINE_MASTER_KEYS'];
