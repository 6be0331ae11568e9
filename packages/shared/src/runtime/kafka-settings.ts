import { bool, type ConfigOf, nonEmptyList, oneOf, str } from './config.ts';
import { certificateFile, keyFile } from './pem-file.ts';

/** Where Kafka is and how it is entered: for the services, and for whatever else reads its settings from variables. */
export const kafkaSettings = {
  KAFKA_BROKERS: nonEmptyList({ desc: 'Kafka bootstrap servers, host:port, comma-separated' }),
  KAFKA_TLS: bool({ default: false, desc: 'Use TLS to reach Kafka; certificates are always verified' }),
  KAFKA_CA_FILE: certificateFile({
    default: '',
    desc: 'PEM file of the CAs that signed the certificates of the brokers; the well-known CAs if empty',
  }),
  KAFKA_CERT_FILE: certificateFile({
    default: '',
    desc: 'PEM file of a client certificate, where the brokers ask for one',
  }),
  KAFKA_KEY_FILE: keyFile({ default: '', desc: 'PEM file of the key of KAFKA_CERT_FILE' }),
  KAFKA_SASL_MECHANISM: oneOf(
    '',
    'plain',
    'scram-sha-256',
    'scram-sha-512',
  )({
    default: '',
    desc: 'SASL mechanism to log in with; no login if empty',
  }),
  KAFKA_USERNAME: str({ default: '', desc: 'User name for the SASL login' }),
  KAFKA_PASSWORD: str({ default: '', desc: 'Password for the SASL login' }),
};

export type KafkaSettings = ConfigOf<typeof kafkaSettings>;

/** Names whose values are never shown. */
export const KAFKA_SECRETS = ['KAFKA_PASSWORD'];

/** What does not fit together, a sentence each. */
export function kafkaProblems(settings: KafkaSettings): string[] {
  return [...tlsProblems(settings), ...loginProblems(settings)];
}

function tlsProblems(settings: KafkaSettings): string[] {
  const { KAFKA_TLS, KAFKA_CERT_FILE: cert, KAFKA_KEY_FILE: key } = settings;
  const files = ['KAFKA_CA_FILE', 'KAFKA_CERT_FILE', 'KAFKA_KEY_FILE'] as const;
  const idle = KAFKA_TLS ? [] : files.filter((name) => settings[name] !== '');
  const problems = idle.map((name) => `${name} is set, but KAFKA_TLS is not true`);
  if (cert !== '' && key === '') problems.push('KAFKA_KEY_FILE is not set, which KAFKA_CERT_FILE needs');
  if (cert === '' && key !== '') problems.push('KAFKA_CERT_FILE is not set, which KAFKA_KEY_FILE needs');
  return problems;
}

function loginProblems(settings: KafkaSettings): string[] {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_TLS } = settings;
  const parts = ['KAFKA_USERNAME', 'KAFKA_PASSWORD'] as const;
  if (mechanism === '') {
    const idle = parts.filter((name) => settings[name] !== '');
    return idle.map((name) => `${name} is set, but KAFKA_SASL_MECHANISM is not`);
  }
  const missing = parts.filter((name) => settings[name] === '');
  const problems = missing.map((name) => `${name} is not set, which KAFKA_SASL_MECHANISM needs`);
  // SCRAM keeps the password to itself, whoever listens.
  if (mechanism === 'plain' && !KAFKA_TLS) {
    problems.push('KAFKA_SASL_MECHANISM is plain, which sends the password in clear: set KAFKA_TLS=true');
  }
  return problems;
}
