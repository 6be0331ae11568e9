import { loggedConfig, readOrExit } from '@hookline/shared/runtime/config';
import { runUntilSignal } from '@hookline/shared/runtime/lifecycle';
import { createLogger } from '@hookline/shared/runtime/logger';
import { compose } from './compose.ts';
import { engineSettings, readConfig } from './config.ts';

const config = readOrExit(readConfig);
const logger = createLogger('workflow-engine', config.logging.level);
logger.info({ config: loggedConfig(engineSettings, config) }, 'configuration');
await runUntilSignal(compose({ logger }, config), logger);
