import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '@hookline/database/migrate';
import { prepareTopics } from '@hookline/shared/deployment/kafka-deployment';
import { commonSettings } from '@hookline/shared/runtime/common-settings';
import { readSettings } from '@hookline/shared/runtime/config';
import { databaseSettings, databaseUrl } from '@hookline/shared/runtime/database-settings';
import { createLogger } from '@hookline/shared/runtime/logger';
import { unlessAborted } from '@hookline/shared/runtime/unless-aborted';
import { startReceiver } from '@hookline/testkit/receiver';
import { type ServiceProcess, startServiceProcess } from '@hookline/testkit/service-process';
import { freePort } from '@hookline/testkit/stack/free-port';
import { startStack } from '@hookline/testkit/stack/start-stack';
import { runDemo } from './demo.ts';
import { firstCall } from './first-call.ts';
import { fixedPorts } from './fixed-ports.mjs';
import { runProgram } from './run-program.ts';
import { SERVICE_NAMES, type ServiceSettings, serviceSettings } from './service-settings.ts';
import { stopped, StoppedBySignal, stopSignal } from './stop-signal.ts';

/**
 * `npm start`: builds the project, starts the stores and the four services, runs the demo and keeps running until
 * Ctrl-C. With `--demo-only` it ends after the demo; with `--verbose` the demo prints everything. Settings in the
 * environment (addresses of stores, ports, HOOKLINE_*) take precedence over the defaults.
 */

const print = (line: string): void => console.log(line);

interface StartOptions {
  demoOnly: boolean;
  verbose: boolean;
}

async function main({ demoOnly, verbose }: StartOptions, stop: AbortSignal): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([stop, failed.signal]);
  const { api, ...ports } = fixedPorts('start', process.env);
  const apiPort = api === 0 ? await freePort() : api;
  await build(signal);

  // Disposed of in reverse order: the services end before the stores that they use.
  await using running = new AsyncDisposableStack();
  print('Starting Kafka, Postgres and Redis …');
  const onFailure = (error: Error): void => failed.abort(error);
  const stack = running.use(
    await startStack({ ports, containers: 'compose', onProgress: print, onFailure, signal }),
  );
  const receiver = running.use(await startReceiver({ '*': { body: { data: { id: 'ext_123' } } } }));
  const settings = serviceSettings(process.env, stack, receiver.address);
  await prepareStores(settings);

  print('Starting the services …');
  const logDir = await mkdtemp(join(tmpdir(), 'hookline-logs-'));
  let done = false;
  running.defer(async () => {
    // After a failure, the logs are kept for the user to read.
    if (done || stop.aborted) await rm(logDir, { recursive: true });
  });
  const operationsPort = Number(process.env['HOOKLINE_OPERATIONS_PORT']) || (await freePort());
  const services = await startServices(settings, { apiPort, operationsPort, logDir });
  running.defer(async () => stopAll(services));
  for (const service of services)
    void service.ended.then(async (how) => onFailure(new Error(await service.explain(how))));
  await Promise.all(services.map(async (service) => service.ready({ signal })));

  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const demo = await unlessAborted(runDemo({ apiUrl, receiver, settings }, { print, verbose }), signal);
  if (!demoOnly) {
    print('');
    const operationsUrl = `http://127.0.0.1:${operationsPort}`;
    for (const { name, url } of services)
      print(`${name.padEnd(16)} ${name === 'config-api' ? operationsUrl : url}`);
    print(`API              ${apiUrl}/docs`);
    print(`Console          ${apiUrl}/console (sign in with the key below)`);
    print(`Stores           ${settings.KAFKA_BROKERS} ${settings.DATABASE_URL} ${settings.REDIS_URL}`);
    print(`Logs             ${logDir}`);
    print('');
    print(
      'To try it, paste the lines below into another terminal. Key and action belong to the demo account;',
    );
    print('ENDPOINT responds to every call, and no other local address may be called.');
    print('');
    const variables = { apiUrl, endpoint: receiver.url, adminKey: settings.HOOKLINE_ADMIN_KEY, ...demo };
    for (const line of firstCall(variables)) print(line);
    print('');
    print('Ready. Ctrl-C stops everything and removes its data.');
    await stopped(signal);
  }
  failed.signal.throwIfAborted();
  done = true;
}

async function build(signal: AbortSignal): Promise<void> {
  print('Building …');
  const { ok, output } = await runProgram('turbo', ['run', 'build', '--output-logs=errors-only'], {
    signal,
    output: 'keep',
    env: { TURBO_TELEMETRY_DISABLED: '1' },
  });
  if (!ok) throw new Error(`the build failed:\n${output}`);
}

async function prepareStores(settings: ServiceSettings): Promise<void> {
  // Reads the settings in the same way as the services, including TLS and authentication of the user's own stores.
  const env = { ...process.env, ...settings, HOST: '127.0.0.1', PORT: '0' };
  const config = readSettings({ ...commonSettings, database: databaseSettings }, env);
  await migrate(databaseUrl(config.database));
  // Logs nothing below fatal, because failures are thrown.
  const logger = createLogger('topics', 'fatal');
  await prepareTopics({ logger }, { ...config, service: 'config-api' });
}

async function startServices(
  settings: ServiceSettings,
  { apiPort, operationsPort, logDir }: { apiPort: number; operationsPort: number; logDir: string },
): Promise<ServiceProcess[]> {
  const services: ServiceProcess[] = [];
  for (const name of SERVICE_NAMES) {
    const port = name === 'config-api' ? apiPort : await freePort();
    services.push(
      await startServiceProcess({
        name,
        args: [`services/${name}/dist/main.js`],
        env: { ...process.env, ...settings, HOOKLINE_OPERATIONS_PORT: String(operationsPort) },
        port,
        logPath: join(logDir, `${name}.log`),
        // Ctrl-C is for `npm start`, which stops the services before the stores.
        detached: true,
      }),
    );
  }
  return services;
}

async function stopAll(services: ServiceProcess[]): Promise<void> {
  await Promise.all(services.map(async (service) => service.stop()));
}

const signal = stopSignal();
const options = {
  demoOnly: process.argv.includes('--demo-only'),
  verbose: process.argv.includes('--verbose'),
};
const exitCode = await main(options, signal).then(
  () => 0,
  (error: unknown) => {
    if (error instanceof StoppedBySignal) return error.exitCode;
    console.error(error instanceof Error ? error.message : error);
    return 1;
  },
);
// Exits explicitly, because an interrupted demo may still be waiting for events that will never arrive.
process.exit(exitCode);
