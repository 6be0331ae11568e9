import { readOrExit } from '@hookline/shared/runtime/config';
import { runUntilSignal } from '@hookline/shared/runtime/lifecycle';
import { logConfiguration } from '@hookline/shared/runtime/log-configuration';
import { createLogger } from '@hookline/shared/runtime/logger';
import { compose } from './compose.ts';
import { logIngestorSettings, readConfig } from './config.ts';

const config = readOrExit(readConfig);
const logger = createLogger('log-ingestor', config.logging.level);
logConfiguration({ logger }, logIngestorSettings, config);
await runUntilSignal(await compose({ logger }, config), logger);
