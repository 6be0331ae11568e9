import { collectGarbage } from '@hookline/shared/runtime/collect-garbage';
import { readOrExit } from '@hookline/shared/runtime/config';
import { runUntilSignal } from '@hookline/shared/runtime/lifecycle';
import { logConfiguration } from '@hookline/shared/runtime/log-configuration';
import { createLogger } from '@hookline/shared/runtime/logger';
import { compose } from './compose.ts';
import { configApiSettings, readConfig } from './config.ts';
import { runReseal } from './reseal/run-reseal.ts';
import { runRotateKeys } from './rotate-keys/run-rotate-keys.ts';

const RENEW_DATA_KEYS = '--renew-data-keys';
/** Exit code: EX_USAGE of sysexits.h. */
const WRONG_USAGE = 64;

const config = readOrExit(readConfig);
const logger = createLogger('config-api', config.logging.level);
const command = process.argv.slice(2).join(' ');
if (command === '') {
  logConfiguration({ logger }, configApiSettings, config);
  // Compiling the schemas of all routes leaves more than 100 MiB of garbage.
  await runUntilSignal(await compose({ logger }, config), logger, { onStarted: collectGarbage });
} else if (command === 'rotate-keys' || command === `rotate-keys ${RENEW_DATA_KEYS}`) {
  const renewDataKeys = command.endsWith(RENEW_DATA_KEYS);
  process.exitCode = await runRotateKeys({ logger }, config, { renewDataKeys });
} else if (command === 'reseal-credentials') {
  process.exitCode = await runReseal({ logger }, config);
} else {
  logger.fatal(
    { command },
    `unknown command; exiting. Run without a command to start the service, with rotate-keys [${RENEW_DATA_KEYS}] to re-wrap all data keys, or with reseal-credentials to bind all credentials to their destination`,
  );
  process.exitCode = WRONG_USAGE;
}
