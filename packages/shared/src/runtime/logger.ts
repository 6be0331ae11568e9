import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { hideCredentials } from './hide-credentials.ts';

export type Logger = PinoLogger;

/**
 * JSON lines on stdout, one object a line, `service` on each.
 * @param destination elsewhere than stdout, for tests that read the lines
 */
export function createLogger(service: string, level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: hideCredentials },
    serializers: { err: (error: Error) => hideCredentials({ ...pino.stdSerializers.err(error) }) },
  };
  return destination ? pino(options, destination) : pino(options);
}
