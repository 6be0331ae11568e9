const MIB = 1_048_576;
/** Memory is level if the peak of the last third of a period is at most this many times the peak of the first third. */
const MAX_GROWTH = 1.25;

/** Peaks of the memory of a service in the first and in the last third of a period, in MiB. */
export interface MemoryFigures {
  earlyMiB: number;
  lateMiB: number;
}

/** Computes the peaks. Pure. @param bytes samples in order of time, taken at even intervals */
export function memoryFigures(bytes: readonly number[]): MemoryFigures {
  const third = Math.ceil(bytes.length / 3);
  const peak = (samples: readonly number[]): number => Math.max(0, ...samples) / MIB;
  return { earlyMiB: peak(bytes.slice(0, third)), lateMiB: peak(bytes.slice(-third)) };
}

/** Reports a violation if the memory of a service is not level. */
export function growth(service: string, { earlyMiB, lateMiB }: MemoryFigures): string[] {
  if (lateMiB <= MAX_GROWTH * earlyMiB) return [];
  const [early, late] = [earlyMiB, lateMiB].map(Math.round);
  return [`${service} grew from ${early} to ${late} MiB, more than ${MAX_GROWTH} times the first peak`];
}
