import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { renderClientTypes } from './reference/client-types.ts';
import { METRIC_ALERTS } from './reference/metric-alerts.ts';
import { metricsByService } from './reference/metrics.ts';
import { REFERENCE_PAGES } from './reference/pages.ts';
import { withWireBytes } from './reference/wire-bytes.ts';

const root = join(import.meta.dirname, '..');

async function sourcesOf(pattern: string): Promise<string> {
  const texts: string[] = [];
  for await (const file of glob(pattern, { cwd: root })) {
    if (!/\.test\.ts$|\/testing\//.test(file)) texts.push(await readFile(join(root, file), 'utf8'));
  }
  return texts.join('\n');
}

describe('docs/reference', () => {
  it.each(Object.keys(REFERENCE_PAGES))('%s matches the code (npm run reference writes it)', async (name) => {
    const page = await readFile(join(root, 'docs/reference', name), 'utf8');
    expect(page).toBe(await REFERENCE_PAGES[name]?.());
  });

  it.each(['environment.md', 'errors.md', 'topics-and-events.md'])(
    '%s has a text in every row',
    async (name) => {
      const page = await REFERENCE_PAGES[name]?.();
      expect(page).not.toMatch(/undefined|\[object|\| \.? *\|$/m);
    },
  );
});

describe('packages/client/src/schema.ts', () => {
  it('has the types of the OpenAPI document (npm run reference updates them)', async () => {
    const types = await readFile(join(root, 'packages/client/src/schema.ts'), 'utf8');
    expect(types).toBe(await renderClientTypes());
  });
});

describe('docs/guides/connect-an-engine.md', () => {
  it('shows the fingerprints and the bytes that the code writes (npm run reference updates them)', async () => {
    const page = await readFile(join(root, 'docs/guides/connect-an-engine.md'), 'utf8');
    expect(page).toBe(withWireBytes(page));
    expect(page).toContain('`C3 01 ');
  });
});

describe('the metrics of the reference', () => {
  const names = Object.values(metricsByService()).flatMap((entries) => entries.map(({ name }) => name));

  it('are exactly those that the services register', async () => {
    const sources = await sourcesOf('{packages/shared,packages/webhook-call,services/*}/src/**/*.ts');
    const registered = [
      ...sources.matchAll(/\.(?:counter|gauge|histogram)(?:<[^>]*>)?\(\s*'(hookline_[a-z_]+)'/g),
    ].map(([, name = '']) => name);
    expect([...new Set(names)].sort()).toEqual([...new Set(registered)].sort());
  });

  it('include every metric that has alerts', () => {
    expect(Object.keys(METRIC_ALERTS).filter((name) => !names.includes(name))).toEqual([]);
  });
});
