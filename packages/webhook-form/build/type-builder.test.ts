import { execFileSync } from 'node:child_process';
import { expect, it } from '@jest/globals';
import { WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import { fileURLToPath } from 'node:url';

it('the schema in the bundle equals that of the API', () => {
  const script = `
    import { registerHooks } from 'node:module';
    registerHooks({ resolve: (specifier, context, next) =>
      specifier === 'typebox' ? next(process.argv[1], context) : next(specifier, context) });
    const { WebhookActionInput } = await import('@hookline/shared/contracts/rest/webhook-actions');
    console.log(JSON.stringify(WebhookActionInput));`;
  const builder = new URL('type-builder.ts', import.meta.url).href;
  const output = execFileSync(
    process.execPath,
    ['--conditions=hookline-source', '--no-warnings', '--input-type=module', '-e', script, builder],
    { cwd: fileURLToPath(new URL('..', import.meta.url)), encoding: 'utf8' },
  );
  expect(JSON.parse(output)).toEqual(JSON.parse(JSON.stringify(WebhookActionInput)));
});
