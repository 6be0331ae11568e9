import { COUNT, WAIT_REASONS } from './account-counts.ts';
import type { ExportedEnds } from './ended-executions.ts';
import { LedgerPartition } from './ledger-partition.ts';
import { STAGE_INDEX, STAGES } from './stages.ts';

/** Everything that a process needs to continue the ledger of a partition. */
interface LedgerSnapshot {
  ledger: LedgerPartition;
  /** Next offset to read, by topic name. */
  offsets: ReadonlyMap<string, number>;
}

interface SnapshotLimits {
  maxClosed: number;
  maxDead: number;
  seed: number;
}

/** The part of a snapshot before the bytes of the table. */
interface Header {
  version: number;
  /** Latest append time of any record read, epoch ms. */
  logTime: number;
  offsets: Record<string, number>;
  /** Topics of the stages, and reasons of waits, in the order in which the table and the counts refer to them. */
  stages: string[];
  reasons: string[];
  accounts: [string, ...number[]][];
  deadPlaces: { stage: number; offset: number }[];
  /** Append time of the latest request read, epoch ms; null before the first. Missing in older snapshots. */
  readUntil?: number | null;
  /** Executions that ended before their request was read, as base64. */
  earlyOutcomes?: string;
}

const VERSION = 1;
const LENGTH_BYTES = 4;

/** Encodes a snapshot: the length of a JSON header, the header, and the open executions. */
export function encodeSnapshot({ ledger, offsets }: LedgerSnapshot): Buffer {
  const { readUntil, early } = ledger.ended();
  const header: Header = {
    version: VERSION,
    logTime: ledger.logTime,
    offsets: Object.fromEntries(offsets),
    stages: STAGES.map(({ topic }) => topic.name),
    reasons: [...WAIT_REASONS],
    accounts: ledger.counts.export(),
    deadPlaces: ledger.deadPlaces(),
    readUntil: Number.isFinite(readUntil) ? readUntil : null,
    earlyOutcomes: early.toString('base64'),
  };
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(json.length);
  return Buffer.concat([length, json, ledger.table.export()]);
}

/**
 * Restores a snapshot. It contains an ended execution only if its request was not read yet; repeats of the others are
 * recognised only by age, to the second.
 * @returns null if a newer release wrote it; the ledger then starts empty
 */
export function decodeSnapshot(bytes: Buffer, limits: SnapshotLimits): LedgerSnapshot | null {
  const end = LENGTH_BYTES + bytes.readUInt32LE(0);
  const header = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, end)) as Header;
  const stages = header.stages.map((name) => STAGE_INDEX.get(name));
  if (header.version !== VERSION || !stages.every((stage) => stage !== undefined)) return null;
  const ledger = new LedgerPartition({ ...limits, from: header.logTime + 1_000 });
  const waits = header.reasons.map((reason) => {
    return (
      COUNT.waiting +
      Math.max(
        0,
        WAIT_REASONS.findIndex((known) => known === reason),
      )
    );
  });
  const columns = [...Array.from({ length: COUNT.waiting }, (_, column) => column), ...waits];
  ledger.counts.import(header.accounts, columns);
  ledger.table.import(bytes.subarray(end), stages);
  const deadPlaces = header.deadPlaces.map(({ stage, offset }) => ({ stage: stages[stage] ?? 0, offset }));
  ledger.restore({ deadPlaces, ended: endedOf(header) });
  return { ledger, offsets: new Map(Object.entries(header.offsets)) };
}

function endedOf({ readUntil, earlyOutcomes }: Header): ExportedEnds | null {
  if (readUntil === undefined || earlyOutcomes === undefined) return null;
  return { readUntil: readUntil ?? -Infinity, early: Buffer.from(earlyOutcomes, 'base64') };
}
