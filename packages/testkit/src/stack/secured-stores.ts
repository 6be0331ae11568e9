import type { KeyAndCertificate } from '../certificate.ts';

export interface Login {
  name: string;
  password: string;
}

/**
 * Security of the stores in a stack, for tests of TLS, logins and permissions. Stores that it does not name require no
 * authentication. It is plain JSON, because it is passed to the keeper.
 */
export interface SecuredStores {
  /** Certificate for all servers. */
  server: KeyAndCertificate;
  kafka?: SecuredKafka;
  postgres?: { superuserPassword: string };
  /** Lines of an ACL file, without the word `user`; other users have no access. */
  redis?: { users: string[] };
}

/**
 * A Kafka with additional listeners and an authorizer that denies by default. Anonymous clients, on the open listener
 * (the store's own port) and on the TLS listener, may do everything.
 */
export interface SecuredKafka {
  ports: Record<KafkaListener, number>;
  /** Users for both SASL PLAIN and SCRAM. */
  users: Login[];
  /** CA certificate for client certificates (PEM). */
  clientCa: string;
  /** File to which the authorizer writes what it allows and denies; created by the broker. */
  auditFile: string;
}

/** Listeners with TLS, with TLS and client certificates, with TLS and logins, and with logins but no TLS. */
export type KafkaListener = 'tls' | 'mutualTls' | 'saslTls' | 'sasl';
