import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { GainedEvent, ProcessEvent } from '../checker/history-event.ts';
import type { Fleet } from '../processes/fleet.ts';

/** What the dispatcher logs when it owns partitions and knows what was done there (idempotency/read-back.ts). */
const GAINED = 'read back what is done already';
/** What every service logs when it is a member of its group. */
const STARTED = 'started';

interface LogLine {
  time: string;
  msg: string;
  partitions?: number[];
}

/**
 * Reads from the dispatchers' logs who owned which partitions from when on.
 * @throws Error if none of them says so: without it a hand-over could not be told from a fault
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
