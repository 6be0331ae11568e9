import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { hideCredentials } from './hide-credentials.ts';

export type Logger = PinoLogger;

/**
 * Creates a logger that writes JSON lines to stdout, each with the field `service`.
 * @param destination replaces stdout, for tests that read the lines
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
