import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatLogDir, type KafkaDistribution } from './kafka-distribution.ts';
import { kafkaLogging } from './kafka-logging.ts';
import type { KafkaListener, SecuredKafka, SecuredStores } from './secured-stores.ts';
import type { StoreContext } from './store-context.ts';

const PROTOCOLS: Record<KafkaListener, 'SSL' | 'SASL_SSL' | 'SASL_PLAINTEXT'> = {
  tls: 'SSL',
  mutualTls: 'SSL',
  saslTls: 'SASL_SSL',
  sasl: 'SASL_PLAINTEXT',
};
const LISTENERS = Object.keys(PROTOCOLS) as KafkaListener[];
const SCRAM = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];
const LOGIN_MODULE = 'org.apache.kafka.common.security';

/**
 * Returns the settings that secure a broker. Append them to those of an open broker: Kafka uses the last value of a
 * property.
 * @param open `host:port` of the listener without authentication
 * @param controller `host:port` of the controller
 */
export function securedKafkaProperties(
  { server, kafka }: SecuredStores & { kafka: SecuredKafka },
  { open, controller }: { open: string; controller: string },
): string {
  const named = LISTENERS.map((name) => `${name}://127.0.0.1:${kafka.ports[name]}`);
  const protocols = LISTENERS.map((name) => `${name}:${PROTOCOLS[name]}`);
  const settings = {
    listeners: [...named, `PLAINTEXT://${open}`, `CONTROLLER://${controller}`].join(),
    'advertised.listeners': [...named, `PLAINTEXT://${open}`].join(),
    'listener.security.protocol.map': [...protocols, 'PLAINTEXT:PLAINTEXT', 'CONTROLLER:PLAINTEXT'].join(),
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.key': oneLine(server.key),
    'ssl.keystore.certificate.chain': oneLine(server.cert),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': oneLine(kafka.clientCa),
    'listener.name.mutualtls.ssl.client.auth': 'required',
    'sasl.enabled.mechanisms': ['PLAIN', ...SCRAM].join(),
    ...Object.fromEntries(['sasltls', 'sasl'].flatMap((listener) => loginModules(listener, kafka))),
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function loginModules(listener: string, { users }: SecuredKafka): [string, string][] {
  const plain = users.map(({ name, password }) => `user_${name}="${password}"`).join(' ');
  const setting = (mechanism: string): string =>
    `listener.name.${listener}.${mechanism.toLowerCase()}.sasl.jaas.config`;
  return [
    [setting('PLAIN'), `${LOGIN_MODULE}.plain.PlainLoginModule required ${plain};`],
    ...SCRAM.map((mechanism): [string, string] => [
      setting(mechanism),
      `${LOGIN_MODULE}.scram.ScramLoginModule required;`,
    ]),
  ];
}

/** Escapes line breaks as in a Java properties file. */
function oneLine(pem: string): string {
  return pem.trim().replaceAll('\n', '\\n');
}

/** Formats a log folder that contains the SCRAM users; open brokers use copies of a folder without users. */
export async function formatWithUsers(
  kafka: KafkaDistribution,
  properties: string,
  { users }: SecuredKafka,
  signal: AbortSignal,
): Promise<void> {
  const scram = users.flatMap(({ name, password }) =>
    SCRAM.flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${name},password=${password}]`]),
  );
  await formatLogDir(kafka, { properties, clusterId: 'c2VjdXJlZC1zdG9yZXMtMQ', more: scram }, signal);
}

/** Returns additional Java arguments that make the authorizer write its audit log to a separate file. */
export async function auditArgs(context: StoreContext, { auditFile }: SecuredKafka): Promise<string[]> {
  const file = join(context.dataDir, 'log4j2.yaml');
  await writeFile(file, kafkaLogging(auditFile));
  return [`-Dlog4j2.configurationFile=${file}`];
}
