import { expect, test } from '@jest/globals';
import { aWebhookDefinition } from '@hookline/testkit/builders';
import { templateWarnings } from './template-warnings.ts';

const warningsOf = (changes: Parameters<typeof aWebhookDefinition>[0]): string[] =>
  templateWarnings(aWebhookDefinition({ headers: {}, payloadTemplate: null, ...changes }));

test('F26 a warning names every merge field under an unknown root once, wherever it occurs', () => {
  const payloadTemplate =
    '{"a":"{{contacts.email}}","b":{{ order.id }},"c":"{{Contact.email}}{{contacts.email}}"}';
  const [warning, ...others] = warningsOf({
    url: 'https://example.com/{{lead.id}}?a={{contact.id}}',
    headers: { 'X-A': '{{run.id}}{{account.id}}' },
    payloadTemplate,
  });
  expect(others).toEqual([]);
  expect(warning).toMatch(
    /: \{\{lead\.id\}\}, \{\{run\.id\}\}, \{\{contacts\.email\}\}, \{\{order\.id\}\}, \{\{Contact\.email\}\}\.$/,
  );
});

test('F26 a warning names a bounded number of merge fields, whatever the template', () => {
  const fields = Array.from(
    { length: 100 },
    (_one, index) => `{{a${index}.${'b'.repeat(60)}.${'c'.repeat(60)}}}`,
  );
  const [warning = ''] = warningsOf({ payloadTemplate: JSON.stringify(fields) });
  expect(warning).toMatch(/ and 90 more\.$/);
  expect(warning.length).toBeLessThan(1_500);
});

test('F27 a warning says that the template of a GET is not sent', () => {
  const payloadTemplate = '{"query":"{{query.all}}"}';
  expect(warningsOf({ method: 'GET', payloadTemplate })).toEqual([
    expect.stringMatching(/^payload_template is not sent, because a GET request has no body/),
  ]);
  expect(warningsOf({ method: 'GET' })).toEqual([]);
});

test('merge fields under the four roots do not cause a warning, even with defaults or spaces', () => {
  const payloadTemplate = '{"a":"{{ contact.email }}","b":"{{workflow.id}}{{execution.id}}{{account.id}}"}';
  expect(warningsOf({ payloadTemplate })).toEqual([]);
});
