/** Two releases that run side by side read each other's definitions (ADR 22). Pure. */
import { expect, test } from '@jest/globals';
import { aWebhookDefinition } from '@hookline/testkit/builders';
import { parseSchema } from './avro-types.ts';
import { decodeEvent, encodeEvent, schemaFingerprint } from './event-codec.ts';
import { publishedSchemas } from './schema-catalogue.ts';

const HEADER_BYTES = 10;
const [v1 = '', v2 = '', v3 = ''] = publishedSchemas('WebhookDefinition');
const sealed = Buffer.from('sealed');

test('a dispatcher that supports only v1 reads a v2 definition without its authentication settings', () => {
  const settings = { token_url: 'https://id.example.com/token' };
  const auth = { type: 'oauth2', headerName: null, settings, sealed } as const;
  const datum = parseSchema(v2).toBuffer(aWebhookDefinition({ auth, version: 7 }));
  const reader = parseSchema(v1);
  const resolver = reader.createResolver(parseSchema(v2));
  const read: unknown = reader.fromBuffer(datum, resolver);
  expect(read).toMatchObject({ version: 7, auth: { type: 'oauth2', headerName: null, sealed } });
});

test('a dispatcher that supports only v2 reads a v3 definition without its delivery choices', () => {
  const choices = { retrySchedule: [60_000], retryOn: '404', followRedirects: true };
  const bytes = encodeEvent('WebhookDefinition', aWebhookDefinition({ ...choices, version: 8 }));
  const reader = parseSchema(v2);
  const resolver = reader.createResolver(parseSchema(v3));
  const read = reader.fromBuffer(bytes.subarray(HEADER_BYTES), resolver) as object;
  expect(read).toMatchObject({ version: 8, retryMaxAttempts: 3 });
  expect(Object.keys(read)).not.toContain('retrySchedule');
});

test('a v2 definition is read with the defaults of R-007', () => {
  const definition = aWebhookDefinition();
  const fingerprint = Buffer.from(schemaFingerprint(v2), 'hex').reverse();
  const bytes = Buffer.concat([Buffer.from([0xc3, 0x01]), fingerprint, parseSchema(v2).toBuffer(definition)]);
  expect(decodeEvent('WebhookDefinition', bytes)).toEqual(definition);
});

test('a v1 definition is read with empty authentication settings', () => {
  const auth = { type: 'api_key', headerName: 'X-Key', settings: {}, sealed } as const;
  const definition = aWebhookDefinition({ auth });
  const { settings: _, ...oldAuth } = auth;
  const fingerprint = Buffer.from(schemaFingerprint(v1), 'hex').reverse();
  const datum = parseSchema(v1).toBuffer({ ...definition, auth: oldAuth });
  const bytes = Buffer.concat([Buffer.from([0xc3, 0x01]), fingerprint, datum]);
  expect(decodeEvent('WebhookDefinition', bytes)).toEqual(definition);
});
