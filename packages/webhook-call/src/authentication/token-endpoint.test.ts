/** Tests calls to token endpoints, most of which misbehave, over real HTTP and through the real destination guard. */
import { describe, expect, it } from '@jest/globals';
import { tokenRequest } from '@hookline/shared/contracts/authentication/oauth2';
import { selfSignedCertificate } from '@hookline/testkit/certificate';
import { startReceiver } from '@hookline/testkit/receiver';
import type { Script } from '@hookline/testkit/receiver-script';
import { createCaller } from '../call/caller.ts';
import { parseAllowList } from '@hookline/destination-guard/allow-list';
import { createDestinationGuard } from '@hookline/destination-guard/destination-guard';
import { createResolver } from '@hookline/destination-guard/resolver';
import { createFetchToken, type IssuedToken } from './token-endpoint.ts';

const SECRET = 'canary-secret-123';

interface FetchRecord {
  token: Promise<IssuedToken>;
  requests: number;
}

/** Requests a token from an endpoint that follows `script`. */
async function fetchFrom(script: Script, tls?: { key: string; cert: string }): Promise<FetchRecord> {
  const receiver = await startReceiver({ '*': script }, tls ? { tls } : {});
  const resolver = createResolver({ servers: [] });
  const guard = createDestinationGuard(parseAllowList(receiver.address));
  const caller = createCaller({ guard, resolver });
  const fetchToken = createFetchToken({ caller }, { timeoutMs: 20_000 });
  const settings = { token_url: `${receiver.url}/token?tenant=1`, client_id: 'client' };
  const token = fetchToken('acct_1', tokenRequest({ ...settings, client_secret: SECRET }));
  await Promise.allSettled([token]);
  await caller.close();
  resolver.close();
  await receiver.stop();
  return { token, requests: receiver.seen.length };
}

const issued = { access_token: 'abc', token_type: 'Bearer', expires_in: 60 };

describe('a token endpoint', () => {
  it('receives one request with a form', async () => {
    let shown: object = {};
    const { token, requests } = await fetchFrom((request) => {
      const type = request.header('content-type');
      shown = { method: request.method, url: request.url, type, body: request.body.toString() };
      return { body: issued };
    });
    expect(await token).toMatchObject({ value: 'abc', lifetimeMs: 60_000 });
    expect(requests).toBe(1);
    expect(shown).toEqual({
      method: 'POST',
      url: '/token?tenant=1',
      type: 'application/x-www-form-urlencoded',
      body: 'grant_type=client_credentials',
    });
  });

  it('provides no token if its response is too large', async () => {
    const { token } = await fetchFrom({ body: { ...issued, padding: 'x'.repeat(64 * 1_024) } });
    await expect(token).rejects.toMatchObject({
      code: 'render_error',
      message: expect.stringMatching(/too large/),
    });
  });

  it('provides no token if it redirects, and the redirect is not followed', async () => {
    const { token, requests } = await fetchFrom({ status: 302, headers: { location: '/elsewhere' } });
    await expect(token).rejects.toMatchObject({
      code: 'render_error',
      message: expect.stringMatching(/responded with 302/),
    });
    expect(requests).toBe(1);
  });

  it('receives no secret if its certificate is not trusted', async () => {
    const { token, requests } = await fetchFrom({ body: issued }, selfSignedCertificate());
    await expect(token).rejects.toMatchObject({ code: 'certificate_refused' });
    expect(requests).toBe(0);
  });

  it('cannot reveal the secret through the error that it returns', async () => {
    const { token } = await fetchFrom({ status: 400, body: { error: `no ${SECRET}` } });
    await expect(token).rejects.toThrow('the token endpoint responded with 400 no [redacted]');
  });
});
