import type { SealFormat } from '@hookline/credentials/sealed-value';
import type { Config } from './config.ts';

/**
 * Returns, for a step of the migration (ADR 28), the format in which credentials are sealed and whether other formats
 * are rejected.
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
