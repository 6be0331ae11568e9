import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/**
 * X.509 certificates for tests of TLS (RFC 5280, DER as in X.690), created on demand because stored certificates
 * would expire. They are signed with ECDSA on P-256 with SHA-256.
 */

interface CertificateOptions {
  /** DNS names and IPv4 addresses for which the certificate is valid (default `127.0.0.1`). */
  names?: string[];
  /** Validity in epoch ms (default: from an hour ago until a day from now). */
  notBefore?: number;
  notAfter?: number;
}

/** A key and its self-signed certificate, both PEM. */
export interface KeyAndCertificate {
  key: string;
  cert: string;
}

const OID = {
  commonName: '550403',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
  ecdsaWithSha256: '2a8648ce3d040302',
};
const SEQUENCE = 0x30;
const HOUR_MS = 3_600_000;

/** Creates a self-signed certificate. Clients with this certificate as a CA trust it; all others reject it. */
export function selfSignedCertificate(options: CertificateOptions = {}): KeyAndCertificate {
  const {
    names = ['127.0.0.1'],
    notBefore = Date.now() - HOUR_MS,
    notAfter = Date.now() + 24 * HOUR_MS,
  } = options;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = der(
    SEQUENCE,
    der(0x31, der(SEQUENCE, oid(OID.commonName), der(0x0c, Buffer.from(names[0] ?? '')))),
  );
  const algorithm = der(SEQUENCE, oid(OID.ecdsaWithSha256));
  const version3 = der(0xa0, der(0x02, Buffer.from([2])));
  const body = der(
    SEQUENCE,
    version3,
    // The serial number is positive because its first bit is clear.
    der(0x02, Buffer.concat([Buffer.from([0x01]), randomBytes(15)])),
    algorithm,
    name,
    der(SEQUENCE, utcTime(notBefore), utcTime(notAfter)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE, alternativeNames(names), certificateAuthority())),
  );
  const signature = sign('sha256', body, privateKey);
  const certificate = der(SEQUENCE, body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: pem(certificate),
  };
}

function alternativeNames(names: string[]): Buffer {
  const entries = names.map((name) =>
    /^[\d.]+$/.test(name)
      ? der(0x87, Buffer.from(name.split('.').map(Number)))
      : der(0x82, Buffer.from(name, 'ascii')),
  );
  return der(SEQUENCE, oid(OID.subjectAltName), der(0x04, der(SEQUENCE, ...entries)));
}

function certificateAuthority(): Buffer {
  const isAuthority = der(SEQUENCE, der(0x01, Buffer.from([0xff])));
  return der(SEQUENCE, oid(OID.basicConstraints), der(0x04, isAuthority));
}

/** Encodes one DER element: tag, length (short or long form), contents. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const contents = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(contents.length)]), contents]);
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function utcTime(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`, 'ascii'));
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
