import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { SOURCE_FLAGS } from '@hookline/testkit/source-process';
import type { ReceiverMessage, ReceiverOrder } from './receiver-messages.ts';

/** The endpoints of a fault run, in a process of their own. */
export interface ReceiverProcess extends AsyncDisposable {
  /** `127.0.0.1:<port>`. */
  address: string;
  /** The calls that were noted, one `call` a line; complete once it has finished. */
  callsPath: string;
  /** Whether `late`, `hanging` and `down` endpoints answer at once; not so at the beginning. */
  be(health: 'well' | 'ailing'): void;
  /** Takes no note of calls any more; resolves when all are on disk. Idempotent. */
  finish(): Promise<void>;
}

/** @param callsPath file for the calls; it is emptied */
export async function startReceiver(callsPath: string): Promise<ReceiverProcess> {
  const program = join(import.meta.dirname, 'receiver-program.ts');
  const child = fork(program, [callsPath], { execArgv: SOURCE_FLAGS });
  const exited = once(child, 'exit');
  const [message] = (await once(child, 'message')) as [ReceiverMessage];
  if (message.kind !== 'listening') throw new Error('the receiver said it had finished before it began');
  let finished: Promise<void> | undefined;
  const finish = async (): Promise<void> => {
    child.send('finish');
    await once(child, 'message');
  };
  return {
    address: `127.0.0.1:${message.port}`,
    callsPath,
    be: (health) => void child.send(health satisfies ReceiverOrder),
    finish: () => (finished ??= finish()),
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await exited;
    },
  };
}
