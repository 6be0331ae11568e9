import { expect, test } from '@jest/globals';
import type { ExecutionDetail } from './execution.ts';
import { supportBundle } from './support-bundle.ts';

test('the data for support has no context, bodies, URL paths, or values of metadata, headers or mapped fields', () => {
  const detail = {
    execution_id: 'e1',
    status: 'error',
    endpoint: 'https://hooks.x.example/services/SECRET',
    error_type: 'server_error',
    context: { contact: { email: 'SECRET' } },
    metadata: { campaign: 'SECRET' },
    mapped_fields: { crm_id: 'SECRET' },
    mapping_errors: { owner: 'no match for SECRET' },
    bodies: 'shown',
    attempts: [
      {
        attempt: 1,
        request: {
          url: 'https://x.example/contacts/SECRET?email=SECRET#SECRET',
          method: 'POST',
          headers: { authorization: 'SECRET' },
          body: 'SECRET',
          body_bytes: 6,
          body_sha256: 'SECRET',
        },
        response: { status: 500, headers: { 'x-a': 'SECRET' }, body: 'SECRET' },
        redirects: [{ status: 307, method: 'POST', url: 'https://y.example/?a=SECRET', duration_ms: 1 }],
      },
    ],
  } as unknown as ExecutionDetail;
  const bundle = supportBundle(detail);
  expect(JSON.stringify(bundle)).not.toContain('SECRET');
  expect(bundle).toMatchObject({
    execution_id: 'e1',
    endpoint: 'https://hooks.x.example',
    error_type: 'server_error',
    metadata_keys: ['campaign'],
    attempts: [{ request: { url: 'https://x.example', headers: ['authorization'] } }],
  });
});
