/** Responses of an instance while it stops. app.test.ts tests the other responses. */
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import Fastify from 'fastify';
import { installErrorHandler } from './error-handler.ts';
import { FRAMEWORK_ANSWERS, installFrameworkAnswers } from './framework-answers.ts';

test('a request that arrives while the instance stops gets a problem, but earlier requests are served', async () => {
  const app = Fastify(FRAMEWORK_ANSWERS);
  installErrorHandler(app);
  installFrameworkAnswers(app);
  const [entered, released, stopping] = [
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
  ];
  app.addHook('preClose', async () => stopping.resolve());
  app.get('/slow', async () => {
    entered.resolve();
    await released.promise;
    return 'slow answer';
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect({ host: '127.0.0.1', port: (app.server.address() as AddressInfo).port });
  const received = text(socket);
  socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
  await entered.promise;
  const closed = app.close();
  await stopping.promise;
  socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n', () => released.resolve());
  const answers = await received;
  await closed;

  const [first = '', second = ''] = answers.split(/(?=HTTP\/1.1 \d)/);
  expect(first).toMatch(/^HTTP\/1.1 200 [^]*slow answer$/);
  expect(second).toMatch(/^HTTP\/1.1 503 [^]*content-type: application\/problem\+json/i);
  expect(JSON.parse(second.split('\r\n\r\n')[1] ?? '')).toMatchObject({ status: 503, code: 'stopping' });
});
