import { writeSync } from 'node:fs';
import { FAULT_POINTS, type FaultPointName } from './fault-point-catalogue.ts';

/**
 * Fault points exist only where sources run as they are (condition `hookline-source`, as in tests): a build resolves
 * this module's subpath to no-fault-points.ts and leaves this file out. So everyone, this package too, imports it as
 * `@hookline/shared/runtime/fault-points`.
 */

/**
 * `kill` is SIGKILL: the process ends on the spot. `freeze` is SIGSTOP: it stands still until somebody sends SIGCONT; one
 * sent before it stands still has no effect, so whoever cannot see that sends several.
 */
const SIGNALS = { kill: 'SIGKILL', freeze: 'SIGSTOP' } as const;

type Action = keyof typeof SIGNALS;

/** The fault to inject and the point at which to inject it. */
interface Fault {
  name: FaultPointName;
  /** At which time of reaching it, counted from 1; earlier and later times pass. */
  hit: number;
  action: Action;
}

/**
 * Reads `HOOKLINE_FAULT_POINT`: `<name>`, `<name>:<hit>` or `<name>:<hit>:<action>`; by default the first time, `kill`.
 * @throws Error if it names no fault point, no positive hit or no action
 */
export function parseFault(text: string): Fault {
  const [name = '', hitText = '1', action = 'kill', ...rest] = text.split(':');
  const hit = Number(hitText);
  if (!Object.hasOwn(FAULT_POINTS, name)) throw malformed(text, `no fault point "${name}"`);
  if (!Number.isInteger(hit) || hit < 1) throw malformed(text, `"${hitText}" is no number from 1`);
  if (!Object.hasOwn(SIGNALS, action)) throw malformed(text, `no action "${action}"`);
  if (rest.length > 0) throw malformed(text, 'too many colons');
  return { name: name as FaultPointName, hit, action: action as Action };
}

function malformed(text: string, problem: string): Error {
  const names = Object.keys(FAULT_POINTS).join(', ');
  const form = `<name>[:<hit>[:${Object.keys(SIGNALS).join('|')}]]`;
  return new Error(
    `HOOKLINE_FAULT_POINT="${text}": ${problem}. It must be ${form}, with a name out of ${names}`,
  );
}

const text = process.env['HOOKLINE_FAULT_POINT'];
const fault = text ? parseFault(text) : undefined;
let hits = 0;

/**
 * Marks a place of the catalogue. When the environment names it, and the place is reached for the time given there, the
 * process says so in one line on stderr and then dies or stands still, before this call returns.
 */
export function faultPoint(name: FaultPointName): void {
  if (fault?.name !== name || ++hits !== fault.hit) return;
  writeSync(process.stderr.fd, `fault point ${name}, time ${hits}: ${fault.action}\n`);
  process.kill(process.pid, SIGNALS[fault.action]);
}
