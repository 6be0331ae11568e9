import { readOrExit } from '@hookline/shared/runtime/config';
import { runUntilSignal } from '@hookline/shared/runtime/lifecycle';
import { logConfiguration } from '@hookline/shared/runtime/log-configuration';
import { createLogger } from '@hookline/shared/runtime/logger';
import { compose } from './compose.ts';
import { dispatcherSettings, readConfig } from './config.ts';

const config = readOrExit(readConfig);
const logger = createLogger('dispatcher', config.logging.level);
logConfiguration({ logger }, dispatcherSettings, config);
await runUntilSignal(await compose({ logger }, config), logger);
