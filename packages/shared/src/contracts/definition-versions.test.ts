/** While two releases run side by side, each reads the other's definitions (ADR 22). Pure. */
import { expect, test } from '@jest/globals';
import { aWebhookDefinition } from '@hookline/testkit/builders';
import { parseSchema } from './avro-types.ts';
import { decodeEvent, encodeEvent, schemaFingerprint } from './event-codec.ts';
import { publishedSchemas } from './schema-catalogue.ts';

const HEADER_BYTES = 10;
const [v1 = '', v2 = ''] = publishedSchemas('WebhookDefinition');
const sealed = Buffer.from('sealed');

test('a dispatcher that knows only v1 reads a definition of v2 without the settings', () => {
  const settings = { token_url: 'https://id.example.com/token' };
  const auth = { type: 'oauth2', headerName: null, settings, sealed } as const;
  const bytes = encodeEvent('WebhookDefinition', aWebhookDefinition({ auth, version: 7 }));
  const reader = parseSchema(v1);
  const resolver = reader.createResolver(parseSchema(v2));
  const read: unknown = reader.fromBuffer(bytes.subarray(HEADER_BYTES), resolver);
  expect(read).toMatchObject({ version: 7, auth: { type: 'oauth2', headerName: null, sealed } });
});

test('a definition of v1 has no settings', () => {
  const auth = { type: 'api_key', headerName: 'X-Key', settings: {}, sealed } as const;
  const definition = aWebhookDefinition({ auth });
  const { settings: _, ...oldAuth } = auth;
  const fingerprint = Buffer.from(schemaFingerprint(v1), 'hex').reverse();
  const datum = parseSchema(v1).toBuffer({ ...definition, auth: oldAuth });
  const bytes = Buffer.concat([Buffer.from([0xc3, 0x01]), fingerprint, datum]);
  expect(decodeEvent('WebhookDefinition', bytes)).toEqual(definition);
});
