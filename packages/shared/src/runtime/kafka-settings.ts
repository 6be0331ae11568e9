import { type ConfigOf, withRules } from './config.ts';
import { certificateFile, keyFile } from './pem-file.ts';
import { flag, nonEmptyList, oneOf, secret, text } from './setting.ts';

const tls = {
  enabled: flag('KAFKA_TLS', {
    default: false,
    description: 'Use TLS to reach Kafka; certificates are always verified',
  }),
  caFile: certificateFile('KAFKA_CA_FILE', {
    default: '',
    description:
      'PEM file of the CAs that signed the certificates of the brokers; the well-known CAs if empty',
  }),
  certFile: certificateFile('KAFKA_CERT_FILE', {
    default: '',
    description: 'PEM file of a client certificate, if the brokers require one',
  }),
  keyFile: keyFile('KAFKA_KEY_FILE', {
    default: '',
    description: 'PEM file of the private key of the certificate in KAFKA_CERT_FILE',
  }),
};

const login = {
  mechanism: oneOf('KAFKA_SASL_MECHANISM', ['', 'plain', 'scram-sha-256', 'scram-sha-512'], {
    default: '',
    description: 'SASL mechanism to log in with; no login if empty',
  }),
  username: text('KAFKA_USERNAME', { default: '', description: 'User name for the SASL login' }),
  password: secret(text('KAFKA_PASSWORD', { default: '', description: 'Password for the SASL login' })),
};

/** Address of Kafka and the login, for services and other programs that read them from variables. */
export const kafkaSettings = withRules(
  {
    brokers: nonEmptyList('KAFKA_BROKERS', {
      description: 'Kafka bootstrap servers, host:port, comma-separated',
    }),
    tls: withRules(tls, tlsProblems),
    login: withRules(login, loginProblems),
  },
  // SCRAM is also accepted without TLS, because it does not send the password itself.
  (kafka) =>
    kafka.login.mechanism === 'plain' && !kafka.tls.enabled
      ? ['KAFKA_SASL_MECHANISM is plain, which sends the password in plain text: set KAFKA_TLS=true']
      : [],
);

export type KafkaConfig = ConfigOf<typeof kafkaSettings>;

function tlsProblems({ enabled, caFile, certFile, keyFile }: ConfigOf<typeof tls>): string[] {
  const files = { KAFKA_CA_FILE: caFile, KAFKA_CERT_FILE: certFile, KAFKA_KEY_FILE: keyFile };
  const unused = enabled ? [] : Object.entries(files).filter(([, path]) => path !== '');
  const problems = unused.map(
    ([name]) => `${name} is set, but KAFKA_TLS is not true: set KAFKA_TLS=true or unset ${name}`,
  );
  if (certFile !== '' && keyFile === '') {
    problems.push('KAFKA_KEY_FILE is not set, but KAFKA_CERT_FILE needs it: set both or neither');
  }
  if (certFile === '' && keyFile !== '') {
    problems.push('KAFKA_CERT_FILE is not set, but KAFKA_KEY_FILE needs it: set both or neither');
  }
  return problems;
}

function loginProblems({ mechanism, username, password }: ConfigOf<typeof login>): string[] {
  const parts = Object.entries({ KAFKA_USERNAME: username, KAFKA_PASSWORD: password });
  if (mechanism === '') {
    return parts
      .filter(([, part]) => part !== '')
      .map(([name]) => `${name} is set, but KAFKA_SASL_MECHANISM is not: set both or neither`);
  }
  return parts
    .filter(([, part]) => part === '')
    .map(([name]) => `${name} is not set, but KAFKA_SASL_MECHANISM needs it: set both or neither`);
}
