import { readdir, readFile } from 'node:fs/promises';

/** A process as described by /proc. */
export interface ProcessEntry {
  pid: number;
  parent: number;
  /** CPU time of the process and of its children that have exited, in clock ticks. */
  cpuTicks: number;
  anonymousKiB: number;
  /** Resident memory of mapped files and of shared memory. */
  sharedKiB: number;
  commandLine: string;
}

/** Linux reports CPU time to user space in hundredths of a second on every architecture (USER_HZ). */
const TICKS_PER_SECOND = 100;
const KIB_PER_MIB = 1_024;

/** Field indexes of proc_pid_stat(5) after the command's closing bracket; index 0 is `state`. */
const STAT = { parent: 1, utime: 11, stime: 12, cutime: 13, cstime: 14 };

/** Parses the contents of `/proc/<pid>/stat`, `status` and `cmdline`. */
export function processEntry(
  pid: number,
  { stat, status, cmdline }: { stat: string; status: string; cmdline: string },
): ProcessEntry {
  // The command itself may contain spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (index: number): number => Number(fields[index]);
  const kib = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
  return {
    pid,
    parent: field(STAT.parent),
    cpuTicks: field(STAT.utime) + field(STAT.stime) + field(STAT.cutime) + field(STAT.cstime),
    anonymousKiB: kib('RssAnon'),
    sharedKiB: kib('RssFile') + kib('RssShmem'),
    commandLine: cmdline.replaceAll('\0', ' ').trim(),
  };
}

/** Reads every process of this machine, except those that exit in the meantime. */
export async function readProcesses(): Promise<ProcessEntry[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const entries = await Promise.all(pids.map(readProcess));
  return entries.filter((entry) => entry !== undefined);
}

async function readProcess(pid: number): Promise<ProcessEntry | undefined> {
  const read = async (file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, 'utf8');
  try {
    const [stat, status, cmdline] = await Promise.all([read('stat'), read('status'), read('cmdline')]);
    return processEntry(pid, { stat, status, cmdline });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

/** Lists a process and its descendants. */
export function treeOf(processes: readonly ProcessEntry[], root: number): ProcessEntry[] {
  const children = Map.groupBy(processes, ({ parent }) => parent);
  const tree: ProcessEntry[] = processes.filter(({ pid }) => pid === root);
  for (let i = 0; i < tree.length; i++) tree.push(...(children.get(tree[i]?.pid ?? -1) ?? []));
  return tree;
}

/** Sums the CPU time that a process tree has used so far, in ms. */
export function cpuMsOf(tree: readonly ProcessEntry[]): number {
  return (tree.reduce((sum, { cpuTicks }) => sum + cpuTicks, 0) * 1_000) / TICKS_PER_SECOND;
}

/**
 * Sums the memory of a process tree: the private memory of each process, and the largest shared memory once, because
 * the processes of Postgres map the same memory.
 */
export function rssMiBOf(tree: readonly ProcessEntry[]): number {
  const own = tree.reduce((sum, { anonymousKiB }) => sum + anonymousKiB, 0);
  const shared = tree.reduce((max, { sharedKiB }) => Math.max(max, sharedKiB), 0);
  return (own + shared) / KIB_PER_MIB;
}
