import { describe, expect, test } from '@jest/globals';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { aWebhookDefinition } from '@hookline/testkit/builders';
import { DefinitionStore } from './definition-store.ts';

const OPTIONS = { maxBytes: 1_048_576 };

function put(store: DefinitionStore, definition: WebhookDefinition): void {
  store.put(definition, encodeEvent('WebhookDefinition', definition));
}

describe('the newest version of a definition', () => {
  test('is returned unchanged, as the same object while it is referenced', () => {
    const store = new DefinitionStore({ maxBytes: 0 });
    const definition = aWebhookDefinition({
      auth: { type: 'bearer', headerName: null, settings: {}, sealed: Buffer.from('sealed') },
      responseMapping: { 'workflow.id': '$.id' },
    });
    put(store, definition);
    const found = store.get(definition.actionId);
    expect(found).toEqual(definition);
    expect(store.get(definition.actionId)).toBe(found);
  });

  test('is not replaced by an older version that arrives later', () => {
    const store = new DefinitionStore(OPTIONS);
    const older = aWebhookDefinition({ url: 'https://older.invalid/' });
    const newer = { ...older, version: 2, url: 'https://newer.invalid/' };
    put(store, newer);
    put(store, older);
    expect(store.get(older.actionId)).toEqual(newer);
  });

  test('is visible immediately, even while an older version is in use', () => {
    const store = new DefinitionStore(OPTIONS);
    const older = aWebhookDefinition();
    put(store, older);
    expect(store.get(older.actionId)?.version).toBe(1);
    put(store, { ...older, version: 2 });
    expect(store.get(older.actionId)?.version).toBe(2);
  });

  test('keeps only its ids if it is deleted, whatever its record contains', () => {
    const store = new DefinitionStore(OPTIONS);
    const definition = aWebhookDefinition({ version: 3, deleted: true });
    put(store, definition);
    expect(store.get(definition.actionId)).toMatchObject({
      actionId: definition.actionId,
      accountId: definition.accountId,
      version: 3,
      deleted: true,
      url: '',
      headers: {},
      payloadTemplate: null,
    });
  });

  test('is unknown and no longer counted after its removal', () => {
    const store = new DefinitionStore(OPTIONS);
    const definition = aWebhookDefinition();
    put(store, definition);
    store.get(definition.actionId);
    expect(store.levels).toMatchObject({ count: 1 });
    store.remove(definition.actionId);
    expect(store.get(definition.actionId)).toBeUndefined();
    expect(store.levels).toMatchObject({ count: 0, hotBytes: 0 });
  });
});
