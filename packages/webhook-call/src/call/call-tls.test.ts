import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { selfSignedCertificate } from '@hookline/testkit/certificate';
import { startReceiver } from '@hookline/testkit/receiver';
import { classify } from '../outcome/classify.ts';
import { startRawServer } from '../testing/raw-server.ts';
import { callFailureOf, portOf, prepare, startCaller } from '../testing/test-caller.ts';

describe('a call over TLS', () => {
  it('A-032, R-011: refuses an untrusted certificate unless verification is disabled', async () => {
    const tls = selfSignedCertificate({ names: ['hooks.example.com', '127.0.0.1'] });
    await using receiver = await startReceiver({}, { tls });
    await using caller = await startCaller({ 'hooks.example.com': { a: ['127.0.0.1'] } });
    const named = prepare(`https://hooks.example.com:${portOf(receiver)}/`);

    const refused = await caller.call(named);
    expect(callFailureOf(refused)).toBe('certificate');
    expect(refused).toMatchObject({ detail: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT') });
    expect(callFailureOf(await caller.call(prepare(receiver.url)))).toBe('certificate');
    expect(receiver.seen).toHaveLength(0);

    expect(await caller.call(named, { sslVerify: false })).toMatchObject({ status: 200 });
    expect(receiver.seen[0]?.header('host')).toBe(`hooks.example.com:${portOf(receiver)}`);
    // The connection that was opened without verification must not serve this call.
    expect(callFailureOf(await caller.call(named))).toBe('certificate');
  });

  it('A-019: accepts a trusted certificate only for the host that was called', async () => {
    const tls = selfSignedCertificate({ names: ['hooks.example.com'] });
    await using receiver = await startReceiver({}, { tls });
    const here = { a: ['127.0.0.1'] };
    await using caller = await startCaller({ 'hooks.example.com': here, 'other.example.com': here });
    const port = portOf(receiver);
    const trusted = getCACertificates('default');
    setDefaultCACertificates([...trusted, tls.cert]);
    try {
      expect(await caller.call(prepare(`https://hooks.example.com:${port}/`))).toMatchObject({ status: 200 });
      expect(callFailureOf(await caller.call(prepare(`https://other.example.com:${port}/`)))).toBe(
        'certificate',
      );
      expect(callFailureOf(await caller.call(prepare(receiver.url)))).toBe('certificate');
    } finally {
      setDefaultCACertificates(trusted);
    }
  });

  it.each<[string, object, string]>([
    ['has expired', { notBefore: 0, notAfter: Date.now() - 1_000 }, 'it has expired'],
    ['is not valid yet', { notBefore: Date.now() + 3_600_000 }, 'it is not valid yet'],
    ['is for another host', { names: ['other.example.com'] }, 'it is not valid for this host name'],
  ])('F23: reports that a certificate %s', async (_, certificate, reason) => {
    const tls = selfSignedCertificate({ names: ['127.0.0.1'], ...certificate });
    await using receiver = await startReceiver({}, { tls });
    await using caller = await startCaller();
    const trusted = getCACertificates('default');
    setDefaultCACertificates([...trusted, tls.cert]);
    try {
      const result = await caller.call(prepare(receiver.url));
      expect(result).toMatchObject({ failure: 'certificate', reason });
      expect(classify(result, 0)).toMatchObject({
        errorType: 'ssl_error',
        errorMessage: `SSL certificate validation failed: ${reason}`,
        retryable: false,
      });
    } finally {
      setDefaultCACertificates(trusted);
    }
  });

  it('F23: reports that a certificate is self-signed', async () => {
    await using receiver = await startReceiver({}, { tls: selfSignedCertificate() });
    await using caller = await startCaller();
    expect(await caller.call(prepare(receiver.url))).toMatchObject({
      failure: 'certificate',
      reason: 'it is self-signed or signed by a private authority',
    });
  });

  it('F23: reports that the endpoint supports only old versions of TLS', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await using server = await startRawServer(() => undefined, {
      tls: { ...selfSignedCertificate(), ...old },
    });
    await using caller = await startCaller();
    const result = await caller.call(prepare(server.url), { sslVerify: false });
    expect(result).toMatchObject({ failure: 'handshake' });
    expect(classify(result, 0)).toMatchObject({
      errorType: 'ssl_error',
      errorMessage:
        'TLS handshake with webhook endpoint failed: the endpoint supports neither TLS 1.2 nor TLS 1.3',
      retryable: false,
    });
  });

  it('F23: fails if the endpoint requires a client certificate', async () => {
    const asks = { requestCert: true, rejectUnauthorized: true };
    await using server = await startRawServer(() => undefined, {
      tls: { ...selfSignedCertificate(), ...asks },
    });
    await using caller = await startCaller();
    const result = await caller.call(prepare(server.url), { sslVerify: false });
    expect(['handshake', 'network']).toContain(result.kind === 'failed' && result.failure);
  });

  it('F23: ends as a failed handshake if the server does not use TLS, and reports the reason', async () => {
    await using receiver = await startReceiver();
    await using caller = await startCaller();
    const plain = await caller.call(prepare(receiver.url.replace('http:', 'https:')));
    expect(plain).toMatchObject({ reason: 'the endpoint does not speak TLS on this port' });
    expect(callFailureOf(await caller.call(prepare(receiver.url.replace('http:', 'https:'))))).toBe(
      'handshake',
    );
  });
});
