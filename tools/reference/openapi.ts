import { compose } from '@hookline/config-api/compose';
import { readConfig } from '@hookline/config-api/config';
import { createLogger } from '@hookline/shared/runtime/logger';
import { format } from 'prettier';
import { serviceSettings } from '../service-settings.ts';

/** Addresses at which nothing listens; the service is composed but never started. */
const NOWHERE = {
  kafkaBrokers: ['127.0.0.1:1'],
  databaseUrl: 'postgres://hookline@127.0.0.1:1/none',
  redisUrl: 'redis://127.0.0.1:1',
};

/** Renders docs/reference/openapi.json: the document that config-api serves at /openapi.json. */
export async function renderOpenApi(): Promise<string> {
  const config = readConfig({ ...serviceSettings({}, NOWHERE, '127.0.0.1:1') });
  const logger = createLogger('config-api', 'info', { write: () => undefined });
  const api = await compose({ logger }, config);
  return format(JSON.stringify(await api.openApiDocument()), { parser: 'json', printWidth: 110 });
}
