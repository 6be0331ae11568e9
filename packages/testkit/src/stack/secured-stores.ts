import type { KeyAndCertificate } from '../certificate.ts';

export interface Login {
  name: string;
  password: string;
}

/**
 * How the stores of a stack are secured, for tests of TLS, logins and permissions; the others are open to whoever reaches
 * them. Plain JSON, since the keeper is told.
 */
export interface SecuredStores {
  /** What every server shows. */
  server: KeyAndCertificate;
  kafka?: SecuredKafka;
  postgres?: { superuserPassword: string };
  /** Lines of an ACL file, without the word `user`; nobody else gets in. */
  redis?: { users: string[] };
}

/**
 * A Kafka with more listeners and with an authorizer that denies by default. Who is not named, on the open listener (the
 * store's own port) and on that for TLS, may do everything.
 */
export interface SecuredKafka {
  ports: Record<KafkaListener, number>;
  /** Known to SASL PLAIN and SCRAM alike. */
  users: Login[];
  /** Vouches for client certificates (PEM). */
  clientCa: string;
  /** Where the authorizer writes what it allows and denies; made by the broker. */
  auditFile: string;
}

/** Listeners that show the certificate, ask for one as well, ask for a login, and ask for one without TLS. */
export type KafkaListener = 'tls' | 'mutualTls' | 'saslTls' | 'sasl';
