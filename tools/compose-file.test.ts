/** Checks docker-compose.yml, and whether config-api accepts its defaults. Needs no Docker. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig } from '@hookline/config-api/config';
import { configProblems } from '@hookline/testkit/bad-settings';
import { describe, expect, it } from '@jest/globals';

const file = await readFile(join(import.meta.dirname, '../docker-compose.yml'), 'utf8');

/** Returns the value of a variable in the file, with the published defaults filled in. */
function valueOf(variable: string): string {
  const value = new RegExp(`^ +${variable}: (.*)$`, 'm').exec(file)?.[1] ?? '';
  return value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
}

describe('docker-compose.yml', () => {
  const secrets = [
    'HOOKLINE_MASTER_KEYS',
    'HOOKLINE_ADMIN_KEY',
    'HOOKLINE_LOOKUP_KEY',
    'DATABASE_URL',
    'REDIS_URL',
  ];
  const env = {
    KAFKA_BROKERS: 'kafka:9092',
    ...Object.fromEntries(secrets.map((variable) => [variable, valueOf(variable)])),
  };

  it('publishes keys and passwords that config-api refuses unless HOOKLINE_LOCAL is set', () => {
    const refused = configProblems(() => readConfig(env)).map((line) => line.split(' ', 1)[0]);
    expect(new Set(refused)).toEqual(new Set(secrets));
    expect(configProblems(() => readConfig({ ...env, HOOKLINE_LOCAL: valueOf('HOOKLINE_LOCAL') }))).toEqual(
      [],
    );
  });

  it('has no default for any other key or password', () => {
    const defaults = [...file.matchAll(/\$\{(\w*(?:KEY|KEYS|PASSWORD|SECRET|TOKEN)):-/g)].map(
      ([, name]) => name,
    );
    expect(new Set(defaults)).toEqual(
      new Set([
        'HOOKLINE_ADMIN_KEY',
        'HOOKLINE_LOOKUP_KEY',
        'HOOKLINE_MASTER_KEYS',
        'POSTGRES_PASSWORD',
        'REDIS_PASSWORD',
      ]),
    );
  });

  it('lets each image be pinned by digest', () => {
    const images = [...file.matchAll(/^ +image: (.*)$/gm)].map(([, image]) => image);
    expect(images).toHaveLength(3);
    for (const image of images) expect(image).toMatch(/^\$\{[A-Z]+_IMAGE:-[a-z/]+:[\d.]+\}$/);
  });

  it('publishes ports on the loopback interface only, and not the operations port', () => {
    const published = [...file.matchAll(/^ +ports: \['([^']*)'\]/gm)].map(([, port]) => port);
    expect(published).toHaveLength(4);
    for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:\$\{\w+:-\d+\}:\d+$/);
    expect(published.join()).not.toContain(':8081');
  });
});
