import { isWithin, LIMITS } from '@hookline/shared/contracts/limits';
import { readOrExit } from '@hookline/shared/runtime/config';
import { runUntilSignal } from '@hookline/shared/runtime/lifecycle';
import { logConfiguration } from '@hookline/shared/runtime/log-configuration';
import { createLogger } from '@hookline/shared/runtime/logger';
import { compose } from './compose.ts';
import { logIngestorSettings, readConfig } from './config.ts';
import { runRebuild } from './rebuild/run-rebuild.ts';

/** Exit code: EX_USAGE of sysexits.h. */
const WRONG_USAGE = 64;

const config = readOrExit(readConfig);
const logger = createLogger('log-ingestor', config.logging.level);
const args = process.argv.slice(2);
const from =
  args.length === 3 && args[0] === 'rebuild' && args[1] === '--from' ? Date.parse(args[2] ?? '') : NaN;
if (args.length === 0) {
  logConfiguration({ logger }, logIngestorSettings, config);
  await runUntilSignal(await compose({ logger }, config), logger);
} else if (isWithin(LIMITS.time, from)) {
  process.exitCode = await runRebuild({ logger }, config, { from });
} else {
  logger.fatal(
    { command: args.join(' ') },
    'unknown command or invalid time: start without a command to run the service, or with rebuild --from <time, such as 2026-01-01T00:00:00Z> to rebuild history from the topics',
  );
  process.exitCode = WRONG_USAGE;
}
