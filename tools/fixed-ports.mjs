/**
 * The fixed ports of `npm start` and `npm run stack`, all on 127.0.0.1. Plain JavaScript, because the bootstrap checks
 * them before any package is installed, with only Node 18.
 */
import { createServer } from 'node:net';

const API = { name: 'api', user: 'the API', variable: 'HOOKLINE_API_PORT', port: 8_080 };
const STORES = [
  { name: 'kafka', user: 'Kafka', variable: 'KAFKA_PORT', port: 19_092, addressVariable: 'KAFKA_BROKERS' },
  {
    name: 'postgres',
    user: 'Postgres',
    variable: 'POSTGRES_PORT',
    port: 15_432,
    addressVariable: 'DATABASE_URL',
  },
  { name: 'redis', user: 'Redis', variable: 'REDIS_PORT', port: 16_379, addressVariable: 'REDIS_URL' },
];
/** Ports that each command needs. */
const NEEDED = { start: [API, ...STORES], stack: STORES };

/** Returns the ports that a command needs, by name, from the environment or by default; 0 means any free port. */
export function fixedPorts(command, env) {
  return Object.fromEntries(neededBy(command, env).map((fixed) => [fixed.name, portFrom(env, fixed)]));
}

/** Returns an error text for each unusable port of a command; none for a command without fixed ports. */
export async function portProblems(command, env) {
  const problems = await Promise.all(neededBy(command, env).map((fixed) => portProblem(env, fixed)));
  return problems.filter((problem) => problem !== null);
}

/** Returns the ports that a command needs, without those of stores that are already running elsewhere. */
function neededBy(command, env) {
  return (NEEDED[command] ?? []).filter(({ addressVariable }) => !env[addressVariable]);
}

async function portProblem(env, fixed) {
  let port;
  try {
    port = portFrom(env, fixed);
  } catch (error) {
    return error.message;
  }
  if (port === 0) return null;
  const failure = await listenOnce(port);
  if (failure === null) return null;
  const { user, variable, addressVariable } = fixed;
  const state = failure.code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${failure.code})`;
  const orAddress = addressVariable
    ? `, or ${addressVariable} to the address of a store that is already running`
    : '';
  return `port ${port} for ${user} ${state}: set ${variable} to another port, or to 0 for any free port${orAddress}`;
}

function portFrom(env, { variable, port: otherwise }) {
  const text = env[variable];
  if (text === undefined || text === '') return otherwise;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`${variable} must be a port number from 0 (any free port) to 65535, not "${text}"`);
  }
  return port;
}

/** Listens on a port briefly; resolves with the error if that fails, else with null. */
function listenOnce(port) {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', resolve);
    probe.listen({ port, host: '127.0.0.1' }, () => probe.close(() => resolve(null)));
  });
}
