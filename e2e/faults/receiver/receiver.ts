import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { SOURCE_FLAGS } from '@hookline/testkit/source-process';
import type { ReceiverMessage, ReceiverOrder } from './receiver-messages.ts';

/** Process that serves the endpoints of a fault run. */
export interface ReceiverProcess extends AsyncDisposable {
  /** `127.0.0.1:<port>`. */
  address: string;
  /** File of the recorded calls, one `call` event per line; complete after `finish`. */
  callsPath: string;
  /** Makes `late`, `hanging` and `down` endpoints respond with 200 immediately, unlike at the beginning. */
  recover(): void;
  /** Undoes `recover`. */
  fail(): void;
  /** Stops recording calls; resolves when all are on disk. Idempotent. */
  finish(): Promise<void>;
}

/** @param callsPath file for the calls; its content is overwritten */
export async function startReceiverProcess(callsPath: string): Promise<ReceiverProcess> {
  const program = join(import.meta.dirname, 'receiver-program.ts');
  const child = fork(program, [callsPath], { execArgv: SOURCE_FLAGS });
  const exited = once(child, 'exit');
  const [message] = (await once(child, 'message')) as [ReceiverMessage];
  if (message.kind !== 'listening') throw new Error('the receiver finished before it had started to listen');
  const order = (name: ReceiverOrder): void => void child.send(name);
  let finished: Promise<void> | undefined;
  const finish = async (): Promise<void> => {
    order('finish');
    await once(child, 'message');
  };
  return {
    address: `127.0.0.1:${message.port}`,
    callsPath,
    recover: () => order('recover'),
    fail: () => order('fail'),
    finish: () => (finished ??= finish()),
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await exited;
    },
  };
}
