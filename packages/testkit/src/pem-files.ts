import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeyAndCertificate, selfSignedCertificate } from './certificate.ts';

/** Certificates for a story with TLS, and the files that settings can name. */
export interface PemFiles extends AsyncDisposable {
  /** Certificate of the servers; valid only for 127.0.0.1. */
  server: KeyAndCertificate;
  client: KeyAndCertificate;
  /** Folder of the files; tests may add other files. */
  dir: string;
  /** CA certificate of the servers. */
  caFile: string;
  /** Another CA certificate with the same subject, which has not signed any of these certificates. */
  otherCaFile: string;
  clientCertFile: string;
  clientKeyFile: string;
}

export async function pemFiles(): Promise<PemFiles> {
  const dir = await mkdtemp(join(tmpdir(), 'hookline-pem-'));
  await chmod(dir, 0o755);
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(dir, name);
    await writeFile(path, text);
    return path;
  };
  const [server, client] = [selfSignedCertificate(), selfSignedCertificate({ names: ['engine'] })];
  return {
    server,
    client,
    dir,
    caFile: await write('ca.pem', server.cert),
    otherCaFile: await write('other-ca.pem', selfSignedCertificate().cert),
    clientCertFile: await write('client.pem', client.cert),
    clientKeyFile: await write('client-key.pem', client.key),
    [Symbol.asyncDispose]: async () => rm(dir, { recursive: true }),
  };
}
