import { writeSync } from 'node:fs';
import { FAULT_POINTS, type FaultPointName } from './fault-point-catalogue.ts';

/**
 * Fault points exist only if the sources run directly (condition `hookline-source`, as in tests). A build resolves this
 * module's subpath to no-fault-points.ts and omits this file. Therefore every module, even in this package, imports it
 * as `@hookline/shared/runtime/fault-points`.
 */

/**
 * `kill` is SIGKILL: the process ends immediately. `freeze` is SIGSTOP: the process is suspended until it receives
 * SIGCONT. A SIGCONT sent before the suspension has no effect, so a sender that cannot determine whether the process is
 * suspended must send several.
 */
const SIGNALS = { kill: 'SIGKILL', freeze: 'SIGSTOP' } as const;

type Action = keyof typeof SIGNALS;

/** The fault to inject and the point at which to inject it. */
interface Fault {
  name: FaultPointName;
  /** Point that must be passed before hits are counted; null if all hits are counted. */
  after: FaultPointName | null;
  /** Ordinal of the hit that triggers the fault, from 1; other hits have no effect. */
  hit: number;
  action: Action;
}

/**
 * Parses `HOOKLINE_FAULT_POINT`: `<name>`, `<name>:<hit>` or `<name>:<hit>:<action>`; by default hit 1 and `kill`.
 * With `<earlier>><name>…`, hits are counted only after the earlier point has been passed.
 * @throws Error if the text does not have this form, or if a fault point or the action does not exist
 */
export function parseFault(text: string): Fault {
  const [last = '', earlier = null, ...others] = text.split('>').toReversed();
  const [name = '', hitText = '1', action = 'kill', ...rest] = last.split(':');
  const hit = Number(hitText);
  const unknown = [name, ...(earlier === null ? [] : [earlier])].find(
    (one) => !Object.hasOwn(FAULT_POINTS, one),
  );
  if (unknown !== undefined) throw malformed(text, `there is no fault point "${unknown}"`);
  if (others.length > 0) throw malformed(text, 'more than one earlier point');
  if (!Number.isInteger(hit) || hit < 1)
    throw malformed(text, `"${hitText}" is not a whole number of at least 1`);
  if (!Object.hasOwn(SIGNALS, action)) throw malformed(text, `there is no action "${action}"`);
  if (rest.length > 0) throw malformed(text, 'too many colons');
  return {
    name: name as FaultPointName,
    after: earlier as FaultPointName | null,
    hit,
    action: action as Action,
  };
}

function malformed(text: string, problem: string): Error {
  const names = Object.keys(FAULT_POINTS).join(', ');
  const form = `[<earlier>>]<name>[:<hit>[:${Object.keys(SIGNALS).join('|')}]]`;
  return new Error(
    `HOOKLINE_FAULT_POINT="${text}": ${problem}. It must be ${form}, where <name> is one of ${names}`,
  );
}

const text = process.env['HOOKLINE_FAULT_POINT'];
const fault = text ? parseFault(text) : undefined;
let hits = 0;
let isArmed = fault !== undefined && fault.after === null;

/**
 * Marks a place that the catalogue describes. If the environment names the place and this is the hit that triggers the
 * fault, the process writes one line to stderr and is killed or frozen before this call returns.
 */
export function faultPoint(name: FaultPointName): void {
  if (!fault) return;
  isArmed ||= fault.after === name;
  if (!isArmed || fault.name !== name || ++hits !== fault.hit) return;
  writeSync(process.stderr.fd, `fault point ${name}, time ${hits}: ${fault.action}\n`);
  process.kill(process.pid, SIGNALS[fault.action]);
}
