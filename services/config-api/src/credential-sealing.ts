import type { SealFormat } from '@hookline/credentials/sealed-value';
import type { Config } from './config.ts';

/**
 * Returns the format in which credentials are sealed, and whether the other one is refused, for a step of the migration
 * (ADR 28).
 */
export function credentialSealing({ binding }: Config['credentials']): {
  format: SealFormat;
  destinationOnly: boolean;
} {
  return {
    format: binding === 'action' ? 'action' : 'destination',
    destinationOnly: binding === 'destination_only',
  };
}
