import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { GainedEvent, ProcessEvent } from '../checker/history-event.ts';
import type { Fleet } from '../processes/fleet.ts';

/** Logged by a dispatcher once it has read back the verdicts of its partitions' earlier owners (read-back.ts). */
const GAINED = 'read back the verdicts of earlier owners';
/** Logged by every service once all its components have started; a dispatcher is then a member of its group. */
const STARTED = 'started';

interface LogLine {
  time: string;
  msg: string;
  partitions?: number[];
}

/**
 * Reads from the dispatchers' logs which process owned which partitions, and since when.
 * @throws Error if no log shows an owner, because a hand-over could then not be distinguished from a fault
 */
export async function readOwnership(fleet: Fleet): Promise<(GainedEvent | ProcessEvent)[]> {
  const events: (GainedEvent | ProcessEvent)[] = [];
  for (const [process, { service, path }] of fleet.logs()) {
    if (service !== 'dispatcher') continue;
    for await (const line of createInterface({ input: createReadStream(path) })) {
      if (!line.includes(GAINED) && !line.includes(`"msg":"${STARTED}"`)) continue;
      const { time, msg, partitions } = JSON.parse(line) as LogLine;
      const at = Date.parse(time);
      if (msg === STARTED) events.push({ kind: 'started', process, at });
      if (msg === GAINED && partitions) events.push({ kind: 'gained', process, partitions, at });
    }
  }
  if (!events.some(({ kind }) => kind === 'gained')) throw new Error(`no dispatcher has logged "${GAINED}"`);
  return events;
}
