import { loggedConfig, readOrExit } from '@hookline/shared/runtime/config';
import { runUntilSignal } from '@hookline/shared/runtime/lifecycle';
import { createLogger } from '@hookline/shared/runtime/logger';
import { compose } from './compose.ts';
import { logIngestorSettings, readConfig } from './config.ts';

const config = readOrExit(readConfig);
const logger = createLogger('log-ingestor', config.logging.level);
logger.info({ config: loggedConfig(logIngestorSettings, config) }, 'configuration');
await runUntilSignal(await compose({ logger }, config), logger);
