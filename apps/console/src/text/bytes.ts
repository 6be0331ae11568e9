const KIB = 1_024;
const MIB = KIB * KIB;

/** Writes a length in bytes: `512 B`, `256 KiB`, `1.5 MiB`. */
export function byteLength(bytes: number): string {
  if (bytes < KIB) return `${bytes} B`;
  if (bytes < MIB) return `${trimmed(bytes / KIB)} KiB`;
  return `${trimmed(bytes / MIB)} MiB`;
}

function trimmed(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '');
}
