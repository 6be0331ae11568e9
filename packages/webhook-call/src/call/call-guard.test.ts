import { describe, expect, it } from '@jest/globals';
import { startReceiver } from '@hookline/testkit/receiver';
import { callFailureOf, portOf, prepare, startCaller } from '../testing/test-caller.ts';

describe('the destination guard of a connection', () => {
  it('blocks a special-use address, whether literal or resolved from a name', async () => {
    await using receiver = await startReceiver();
    await using caller = await startCaller(
      {
        'local.example.com': { a: ['127.0.0.1'] },
        'mapped.example.com': { aaaa: ['::ffff:7f00:1'] },
        'mixed.example.com': { a: ['93.184.216.34', '127.0.0.1'] },
      },
      '',
    );
    const port = portOf(receiver);
    for (const host of ['127.0.0.1', 'local.example.com', 'mapped.example.com', 'mixed.example.com']) {
      expect(callFailureOf(await caller.call(prepare(`http://${host}:${port}/`)))).toBe('blocked');
    }
    expect(receiver.seen).toHaveLength(0);
  });

  it('blocks a name that later resolves to a private address', async () => {
    await using receiver = await startReceiver({ '*': { headers: { connection: 'close' } } });
    const port = portOf(receiver);
    await using caller = await startCaller(
      { 'moving.example.com': { a: ['127.0.0.2'], ttl: 0 } },
      '127.0.0.2/32',
    );
    const request = prepare(`http://moving.example.com:${port}/`);

    // Nothing listens on 127.0.0.2: the guard allows it, and the machine refuses the connection.
    expect(callFailureOf(await caller.call(request))).toBe('network');
    caller.dns.zone['moving.example.com'] = { a: ['127.0.0.1'], ttl: 0 };
    expect(callFailureOf(await caller.call(request))).toBe('blocked');
    expect(receiver.seen).toHaveLength(0);
  });

  it('lets a call try the next address of a name if the first address refuses the connection', async () => {
    await using receiver = await startReceiver();
    await using caller = await startCaller({ 'two.example.com': { a: ['127.0.0.2', '127.0.0.1'] } });
    expect(await caller.call(prepare(`http://two.example.com:${portOf(receiver)}/`))).toMatchObject({
      status: 200,
    });
  });

  it('allows a host on the allow-list, whatever its name resolves to', async () => {
    await using receiver = await startReceiver();
    const allowed = `receiver:${portOf(receiver)} localhost:${portOf(receiver)}`;
    await using caller = await startCaller({ receiver: { a: ['127.0.0.1'] } }, allowed);

    for (const host of ['receiver', 'localhost']) {
      const request = prepare(`http://${host}:${portOf(receiver)}/`, {}, { allowed });
      expect(await caller.call(request)).toMatchObject({ status: 200 });
    }
    expect(callFailureOf(await caller.call(prepare(receiver.url)))).toBe('blocked');
  });
});
