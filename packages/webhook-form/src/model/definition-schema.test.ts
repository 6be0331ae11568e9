import { expect, it } from '@jest/globals';
import { WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import { AUTH_TYPES, authenticationKind } from '@hookline/shared/contracts/authentication/kinds';
import { TEXTS } from '../texts/texts.ts';
import { DEFINITION_SCHEMA, schemaOfField } from './definition-schema.ts';
import { inputOf } from './form-input.ts';
import { emptyState } from './form-state.ts';

const names = Object.keys(WebhookActionInput.properties);

it('the form has a label for every field of the API and sends a value for it', () => {
  expect(names.filter((name) => !(`label.${name}` in TEXTS))).toEqual([]);
  const signed = {
    ...emptyState(),
    auth_type: 'bearer' as const,
    signing_enabled: true,
    signing_secret: 'whsec_x',
  };
  expect(names.filter((name) => !(name in inputOf(signed)))).toEqual([]);
});

it('the form has a text for every value of a choice, and for every authentication field', () => {
  const choices = names
    .filter((name) => name !== 'method')
    .flatMap((name) => (schemaOfField(name).enum ?? []).map((value) => `option.${name}.${String(value)}`));
  const fields = AUTH_TYPES.map((type) => authenticationKind(type)).flatMap(({ settings, sealed }) =>
    Object.keys({ ...settings, ...sealed }).map((name) => `auth.${name}`),
  );
  const methods = (schemaOfField('auth_config.token_endpoint_auth_method').enum ?? []).map(
    (value) => `option.token_endpoint_auth_method.${String(value)}`,
  );
  expect([...choices, ...fields, ...methods].filter((key) => !(key in TEXTS))).toEqual([]);
  expect(choices.length).toBeGreaterThan(10);
});

it('the form starts with the defaults of the API', () => {
  const input = inputOf(emptyState()) as Record<string, unknown>;
  const { properties = {} } = DEFINITION_SCHEMA;
  const withDefault = Object.entries(properties).filter(([, schema]) => schema.default !== undefined);
  const defaults = Object.fromEntries(withDefault.map(([name, schema]) => [name, schema.default]));
  expect(Object.keys(defaults)).toContain('timeout_seconds');
  expect(input).toMatchObject(defaults);
});
