/** Tests what the logger writes and what it redacts. The destination is a list of lines instead of stdout. */
import { describe, expect, it } from '@jest/globals';
import { createLogger } from './logger.ts';

function loggerWithLines(level = 'info') {
  const lines: string[] = [];
  const logger = createLogger('dispatcher', level, { write: (line) => void lines.push(line) });
  return { logger, lines };
}

const SECRET = 'hunter2';

describe('the logger', () => {
  it('writes one JSON object per line, with the service, the name of the level and the time', () => {
    const { logger, lines } = loggerWithLines();
    logger.info({ attempts: 2 }, 'delivered');
    logger.debug('not shown');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      service: 'dispatcher',
      attempts: 2,
      msg: 'delivered',
    });
  });

  it.each(['authorization', 'Authorization', 'password', 'token', 'apiKey', 'secret'])(
    'redacts %s at the top level and at the two levels below it',
    (name) => {
      const { logger, lines } = loggerWithLines();
      logger.info(
        { [name]: SECRET, request: { [name]: SECRET, headers: { [name]: SECRET, accept: '*/*' } } },
        'x',
      );
      expect(lines.join('')).not.toContain(SECRET);
      expect(lines.join('').match(/\[redacted\]/g)).toHaveLength(3);
      expect(lines.join('')).toContain('*/*');
    },
  );

  it('redacts credentials in any mix of upper and lower case, and in errors', () => {
    const { logger, lines } = loggerWithLines();
    const error = Object.assign(new Error('refused'), { TOKEN: SECRET, response: { Secret: SECRET } });
    logger.error({ err: error, AUTHORIZATION: SECRET }, 'x');
    expect(lines.join('')).not.toContain(SECRET);
    expect(lines.join('').match(/\[redacted\]/g)).toHaveLength(3);
    expect(lines.join('')).toContain('refused');
  });

  it('redacts credentials in arrays, and in fields with OAuth 2.0 names', () => {
    const { logger, lines } = loggerWithLines();
    const calls = [{ access_token: SECRET, status: 200 }, { 'x-api-key': SECRET }];
    logger.info({ calls, client_secret: SECRET, clientSecret: SECRET, tokens: 2 }, 'x');
    expect(lines.join('')).not.toContain(SECRET);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ tokens: 2, calls: [{ status: 200 }, {}] });
  });

  it('does not change the given object', () => {
    const { logger } = loggerWithLines();
    const given = { token: SECRET, nested: { secret: SECRET } };
    logger.info(given, 'x');
    expect(given).toEqual({ token: SECRET, nested: { secret: SECRET } });
  });

  it('redacts credentials in child loggers', () => {
    const { logger, lines } = loggerWithLines();
    logger.child({ part: 'kafka' }).warn({ auth: { token: SECRET } }, 'x');
    expect(lines.join('')).not.toContain(SECRET);
    expect(lines.join('')).toContain('"part":"kafka"');
  });

  it('writes an error with its cause', () => {
    const { logger, lines } = loggerWithLines();
    logger.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed');
    expect(lines.join('')).toContain('inner');
  });

  it('writes nothing at level silent', () => {
    const { logger, lines } = loggerWithLines('silent');
    logger.fatal('x');
    expect(lines).toEqual([]);
  });
});
