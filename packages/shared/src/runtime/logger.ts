import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

/**
 * Second net only: code logs allow-listed fields, never whole requests (SECURITY.md, Credentials). pino's redaction
 * is case-sensitive and goes one level per asterisk.
 */
const REDACTED_PATHS = ['authorization', 'Authorization', 'password', 'token', 'apiKey', 'secret'].flatMap(
  (name) => [name, `*.${name}`, `*.*.${name}`],
);

/**
 * JSON lines on stdout, one object a line, `service` on each.
 * @param destination elsewhere than stdout, for tests that read the lines
 */
export function createLogger(service: string, level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return destination ? pino(options, destination) : pino(options);
}
