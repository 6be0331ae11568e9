import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { selfSignedCertificate } from '@hookline/testkit/certificate';
import { startReceiver } from '@hookline/testkit/receiver';
import { callFailureOf, portOf, prepare, startCaller } from '../testing/test-caller.ts';

describe('TLS', () => {
  it('A-032, R-011: refuses an untrusted certificate unless verification is disabled', async () => {
    const tls = selfSignedCertificate({ names: ['hooks.example.com', '127.0.0.1'] });
    await using receiver = await startReceiver({}, { tls });
    await using caller = await startCaller({ 'hooks.example.com': { a: ['127.0.0.1'] } });
    const named = prepare(`https://hooks.example.com:${portOf(receiver)}/`);

    const refused = await caller.call(named);
    expect(callFailureOf(refused)).toBe('tls');
    expect(refused).toMatchObject({ detail: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT') });
    expect(callFailureOf(await caller.call(prepare(receiver.url)))).toBe('tls');
    expect(receiver.seen).toHaveLength(0);

    expect(await caller.call(named, { sslVerify: false })).toMatchObject({ status: 200 });
    expect(receiver.seen[0]?.header('host')).toBe(`hooks.example.com:${portOf(receiver)}`);
    // The connection that was opened without verification must not serve this call.
    expect(callFailureOf(await caller.call(named))).toBe('tls');
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
      expect(callFailureOf(await caller.call(prepare(`https://other.example.com:${port}/`)))).toBe('tls');
      expect(callFailureOf(await caller.call(prepare(receiver.url)))).toBe('tls');
    } finally {
      setDefaultCACertificates(trusted);
    }
  });

  it('ends as a TLS failure if the server does not use TLS', async () => {
    await using receiver = await startReceiver();
    await using caller = await startCaller();
    expect(callFailureOf(await caller.call(prepare(receiver.url.replace('http:', 'https:'))))).toBe('tls');
  });
});
