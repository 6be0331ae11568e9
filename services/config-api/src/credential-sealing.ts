import type { SealFormat } from '@hookline/credentials/sealed-value';
import type { Config } from './config.ts';

/** The format that credentials are sealed in, and whether the other one is refused, by the step of the roll (ADR 28). */
export function credentialSealing({ binding }: Config['credentials']): {
  format: SealFormat;
  destinationOnly: boolean;
} {
  return {
    format: binding === 'action' ? 'action' : 'destination',
    destinationOnly: binding === 'destination_only',
  };
}
