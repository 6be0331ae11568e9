/** Requests for the configuration of the provider, with a clock that the test controls. */
import { expect, test } from '@jest/globals';
import { startSignInProvider } from '@hookline/testkit/sign-in-provider';
import { IdentityProvider } from './identity-provider.ts';

const CHECKS = { state: 's', nonce: 'n', verifier: 'v'.repeat(43) };
const HOUR_MS = 3_600_000;

test('the configuration is cached for an hour, and a failure for five seconds', async () => {
  const redirectUrl = 'https://hookline.example/console/oidc/callback';
  await using server = await startSignInProvider({ redirectUrls: [redirectUrl] });
  const { issuer, client } = server;
  let now = 1_800_000_000_000;
  const options = { issuer, clientId: client.id, clientSecret: client.secret, scope: 'openid', redirectUrl };
  const provider = new IdentityProvider({ ...options, groupsClaim: 'groups' }, { now: () => now });
  /** Calls `addressFor`, and returns the number of requests that the provider received during the call. */
  const asked = async (): Promise<number> => {
    const before = server.arrived.length;
    await provider.addressFor(CHECKS).catch(() => undefined);
    return server.arrived.length - before;
  };
  expect(server.arrived).toEqual([]);
  server.become('down');
  expect(await asked()).toBeGreaterThan(0);
  server.become('up');
  now += 4_999;
  expect(await asked()).toBe(0);
  await expect(provider.addressFor(CHECKS)).rejects.toThrow('fetch failed');
  now += 1;
  expect(await asked()).toBe(1);
  expect((await provider.addressFor(CHECKS)).origin).toBe(issuer);
  now += HOUR_MS - 1;
  expect(await asked()).toBe(0);
  now += 1;
  expect(await asked()).toBe(1);
});

test('people who sign in at the same time share one request for the configuration', async () => {
  await using server = await startSignInProvider({ redirectUrls: ['https://hookline.example/callback'] });
  const { issuer, client } = server;
  const provider = new IdentityProvider(
    {
      issuer,
      clientId: client.id,
      clientSecret: '',
      scope: 'openid',
      groupsClaim: 'groups',
      redirectUrl: 'https://hookline.example/callback',
    },
    { now: () => 0 },
  );
  await Promise.all(Array.from({ length: 10 }, () => provider.addressFor(CHECKS)));
  expect(server.arrived).toHaveLength(1);
});
