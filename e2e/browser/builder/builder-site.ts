import { join } from 'node:path';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Account } from '../../support/api.ts';
import { type ExampleEngine, startExampleEngine } from '../../support/example-engine.ts';
import { type ConsoleSite, consoleSite } from '../console/console-site.ts';
import { viteBuild } from '../vite-build.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** A separate folder, because other suites build and serve the form's `dist` at the same time. */
const FORM = join(ROOT, 'e2e/out/form-of-builder');

/** The example engine with its builder page, for one account of a running Hookline. */
export interface BuilderSite extends AsyncDisposable {
  site: ConsoleSite;
  account: Account;
  engine: ExampleEngine;
}

/** Starts the example engine in its own process, with its own database. */
export async function builderSite(): Promise<BuilderSite> {
  const site = await consoleSite();
  await viteBuild('packages/webhook-form', ['--outDir', FORM, '--emptyOutDir']);
  const { hookline } = site;
  const account = await hookline.api.account();
  const database: IsolatedDatabase = await isolatedDatabase();
  const engine = await startExampleEngine({
    topics: hookline.topics,
    databaseUrl: database.databaseUrl,
    env: {
      HOOKLINE_API_URL: hookline.apiUrl,
      HOOKLINE_API_KEY: account.key,
      HOOKLINE_ACCOUNT_ID: account.id,
      HOOKLINE_FORM_DIR: FORM,
    },
  });
  return {
    site,
    account,
    engine,
    [Symbol.asyncDispose]: async () => {
      await engine.kill();
      await database.drop();
    },
  };
}
