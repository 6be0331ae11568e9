/** Starts services with wrong settings. Needs no store. */
import { text } from 'node:stream/consumers';
import { BAD_COMMON_SETTINGS, environmentOf } from '@hookline/testkit/bad-settings';
import { startFromSources } from '@hookline/testkit/source-process';
import { expect, it } from '@jest/globals';

const SERVICES = ['config-api', 'dispatcher', 'retry-scheduler', 'log-ingestor'];

it.each(SERVICES)(
  '%s prints a line for each bad setting, without a stack trace, and exits with 1',
  async (service) => {
    const program = startFromSources({
      main: `services/${service}/src/main.ts`,
      env: environmentOf(BAD_COMMON_SETTINGS),
    });
    const [output, errors, end] = await Promise.all([
      text(program.stdout),
      text(program.stderr),
      program.ended,
    ]);
    const [first, ...lines] = errors.trimEnd().split('\n');
    expect(first).toBe('Configuration problems:');
    for (const line of lines) expect(line).toMatch(/^ {2}[A-Z_]+ must .* \(.*\)$/);
    const named = lines.map((line) => line.trim().split(' ', 1)[0]);
    expect(named).toEqual(expect.arrayContaining(BAD_COMMON_SETTINGS.map(([variable]) => variable)));
    expect(new Set(named).size).toBe(lines.length);
    expect(output).toBe('');
    expect(end).toEqual({ code: 1, signal: null });
  },
);
