/** Tests what a service logs about its configuration at startup. Pure. */
import { describe, expect, it } from '@jest/globals';
import { commonSettings } from './common-settings.ts';
import { readSettings } from './config.ts';
import { databaseSettings } from './database-settings.ts';
import { logConfiguration } from './log-configuration.ts';
import { createLogger } from './logger.ts';

const settings = { ...commonSettings, database: databaseSettings };
const SAFE = {
  KAFKA_BROKERS: 'kafka:9092',
  DATABASE_URL: 'postgres://me:hunter2@db/hookline',
  HOOKLINE_REPLICATION: '3',
};

function logged(env: Record<string, string>): { level: string; msg: string; accepted?: string[] }[] {
  const lines: string[] = [];
  const logger = createLogger('test', 'info', { write: (line) => void lines.push(line) });
  logConfiguration({ logger }, settings, readSettings(settings, env));
  return lines.map((line) => JSON.parse(line) as ReturnType<typeof logged>[number]);
}

describe('logConfiguration', () => {
  it('logs one line without a warning for a safe configuration', () => {
    expect(logged(SAFE)).toEqual([expect.objectContaining({ level: 'info', msg: 'configuration' })]);
  });

  it('warns about topics with a single replica if Hookline creates them', () => {
    const env = { ...SAFE, HOOKLINE_REPLICATION: '1' };
    expect(logged(env)).toMatchObject([
      { level: 'info' },
      { level: 'warn', msg: expect.stringContaining('HOOKLINE_REPLICATION is 1') },
    ]);
    expect(logged({ ...env, HOOKLINE_TOPICS: 'check' })).toHaveLength(1);
  });

  it('warns about HOOKLINE_LOCAL and names the settings that it made acceptable, without secrets', () => {
    const env = { ...SAFE, HOOKLINE_LOCAL: '1', DATABASE_URL: 'postgres://me:local-only@db/hookline' };
    const [, warning] = logged(env);
    expect(warning).toMatchObject({
      level: 'warn',
      msg: expect.stringContaining('HOOKLINE_LOCAL is set'),
      accepted: ['DATABASE_URL must not have the password that docker-compose.yml publishes'],
    });
    expect(JSON.stringify(logged(env))).not.toContain('local-only@');
  });
});
