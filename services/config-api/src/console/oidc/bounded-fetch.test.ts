import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type SignInProvider, startSignInProvider } from '@hookline/testkit/sign-in-provider';
import { createBoundedFetch } from './bounded-fetch.ts';

let provider: SignInProvider;

beforeAll(async () => {
  provider = await startSignInProvider({ redirectUrls: ['https://hookline.example/callback'] });
});

afterAll(async () => {
  await provider[Symbol.asyncDispose]();
});

/** Requests a page of the provider. */
function ask({ timeoutMs = 5_000, maxBytes = 10_000 } = {}): Promise<Response> {
  const url = `${provider.issuer}/.well-known/openid-configuration`;
  const options = { method: 'GET', headers: {}, body: undefined, redirect: 'manual' } as const;
  return createBoundedFetch({ timeoutMs, maxBytes })(url, options);
}

test('returns a complete response', async () => {
  provider.become('up');
  expect(await (await ask()).json()).toMatchObject({ issuer: provider.issuer });
});

test('gives up after its time limit', async () => {
  provider.become('silent');
  await expect(ask({ timeoutMs: 20 })).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('stops reading at the size limit', async () => {
  provider.become('endless');
  await expect(ask()).rejects.toThrow('the provider sent more than 10000 bytes');
});

test('does not follow redirects', async () => {
  provider.become('redirecting');
  const before = provider.arrived.length;
  expect((await ask()).status).toBe(302);
  expect(provider.arrived).toHaveLength(before + 1);
});
