/** Two releases that run side by side, or follow each other in a rollback, read each other's settings. Pure. */
import { expect, test } from '@jest/globals';
import { anAccountSettings } from '@hookline/testkit/builders';
import { parseSchema } from './avro-types.ts';
import { decodeEvent, encodeEvent, schemaFingerprint } from './event-codec.ts';
import { publishedSchemas } from './schema-catalogue.ts';

const HEADER_BYTES = 10;
const [v1 = '', v2 = '', v3 = ''] = publishedSchemas('AccountSettings');

test('a dispatcher that supports only v1 reads, for an unset limit, the default that a v3 record contains', () => {
  const limits = { maxInFlight: 100, ownMaxInFlight: false };
  const bytes = encodeEvent('AccountSettings', anAccountSettings({ ...limits, suspended: true }));
  const reader = parseSchema(v1);
  const resolver = reader.createResolver(parseSchema(v3));
  const read: unknown = reader.fromBuffer(bytes.subarray(HEADER_BYTES), resolver);
  expect(read).toMatchObject({ maxInFlight: 100, maxInFlightPerEndpoint: 10, suspended: true });
});

test('a dispatcher that supports only v2 reads a v3 record without the quota that v2 lacks', () => {
  const settings = anAccountSettings({ maxStoredBytesPerDay: 5_000_000_000 });
  const bytes = encodeEvent('AccountSettings', settings);
  const reader = parseSchema(v2);
  const read: unknown = reader.fromBuffer(
    bytes.subarray(HEADER_BYTES),
    reader.createResolver(parseSchema(v3)),
  );
  const { maxStoredBytesPerDay, ...known } = settings;
  expect({ ...(read as object) }).toEqual(known);
  expect(decodeEvent('AccountSettings', bytes).maxStoredBytesPerDay).toBe(maxStoredBytesPerDay);
});

test('a limit in a v1 record is treated as set by the account', () => {
  const { ownMaxInFlight, ownMaxInFlightPerEndpoint, maxStoredBytesPerDay, ...old } = anAccountSettings({
    maxInFlight: 5,
  });
  const type = parseSchema(v1);
  const fingerprint = Buffer.from(schemaFingerprint(v1), 'hex').reverse();
  const bytes = Buffer.concat([Buffer.from([0xc3, 0x01]), fingerprint, type.toBuffer(old)]);
  expect([ownMaxInFlight, ownMaxInFlightPerEndpoint]).toEqual([true, true]);
  expect(decodeEvent('AccountSettings', bytes)).toEqual({
    ...old,
    ownMaxInFlight,
    ownMaxInFlightPerEndpoint,
    maxStoredBytesPerDay,
  });
});
