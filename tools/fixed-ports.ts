/** Ports of the stores for `npm start` and `npm run stack`, unless the environment names others. */
const DEFAULTS = { KAFKA_PORT: 19_092, POSTGRES_PORT: 15_432, REDIS_PORT: 16_379 };

/** @throws Error naming a variable that holds no port number */
export function fixedPorts(env: Readonly<Record<string, string | undefined>>): {
  kafka: number;
  postgres: number;
  redis: number;
} {
  const read = (name: keyof typeof DEFAULTS): number => portFrom(env, name, DEFAULTS[name]);
  return { kafka: read('KAFKA_PORT'), postgres: read('POSTGRES_PORT'), redis: read('REDIS_PORT') };
}

/** A port number from the environment; 0 stands for any free one. */
export function portFrom(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  otherwise: number,
): number {
  const text = env[name];
  if (text === undefined || text === '') return otherwise;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`${name} must be a port number from 0 (any free one) to 65535, not "${text}"`);
  }
  return port;
}
