import { maskedSummary } from '@hookline/shared/runtime/config';
import { runUntilSignal } from '@hookline/shared/runtime/lifecycle';
import { createLogger } from '@hookline/shared/runtime/logger';
import { compose } from './compose.ts';
import { readConfig, SECRETS } from './config.ts';

const config = readConfig();
const logger = createLogger('retry-scheduler', config.LOG_LEVEL);
logger.info({ config: maskedSummary(config, SECRETS) }, 'configuration');
await runUntilSignal(await compose(config, { logger }), logger);
