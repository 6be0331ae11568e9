import type { KeyAndCertificate } from '../certificate.ts';

export interface Login {
  name: string;
  password: string;
}

/**
 * Security of the stores in a stack, for tests of TLS, logins and permissions; stores that are not named require no
 * authentication. Plain JSON, because it is passed to the keeper.
 */
export interface SecuredStores {
  /** Certificate of every server. */
  server: KeyAndCertificate;
  kafka?: SecuredKafka;
  postgres?: { superuserPassword: string };
  /** Lines of an ACL file, without the word `user`; no other user has access. */
  redis?: { users: string[] };
}

/**
 * A Kafka with additional listeners and an authorizer that denies by default. Anonymous clients, on the open listener
 * (the store's own port) and on the TLS listener, may do everything.
 */
export interface SecuredKafka {
  ports: Record<KafkaListener, number>;
  /** Users of both SASL PLAIN and SCRAM. */
  users: Login[];
  /** CA certificate for client certificates (PEM). */
  clientCa: string;
  /** File to which the authorizer writes what it allows and denies; created by the broker. */
  auditFile: string;
}

/** Listeners with TLS, with TLS and client certificates, with TLS and logins, and with logins but no TLS. */
export type KafkaListener = 'tls' | 'mutualTls' | 'saslTls' | 'sasl';
