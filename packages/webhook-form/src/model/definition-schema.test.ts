import { expect, it } from '@jest/globals';
import { WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import { AUTH_TYPES, authenticationKind } from '@hookline/shared/contracts/authentication/kinds';
import { TEXTS } from '../texts/texts.ts';
import { DEFINITION_SCHEMA, FIELD_SECTIONS, schemaOfField } from './definition-schema.ts';
import { inputOf } from './form-input.ts';
import { emptyState } from './form-state.ts';

const names = Object.keys(WebhookActionInput.properties);

it('every field of the API has its place in the form, a label, and a value that the form sends', () => {
  expect(Object.keys(FIELD_SECTIONS).sort()).toEqual([...names].sort());
  expect(names.filter((name) => !(`label.${name}` in TEXTS))).toEqual([]);
  const signed = {
    ...emptyState(),
    auth_type: 'bearer' as const,
    signing_enabled: true,
    signing_secret: 'whsec_x',
  };
  expect(names.filter((name) => !(name in inputOf(signed)))).toEqual([]);
});

it('every value of a choice, and every field of an authentication, has a text', () => {
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
  for (const [name, { default: value }] of Object.entries(properties)) {
    if (value !== undefined) expect([name, input[name]]).toEqual([name, value]);
  }
});
