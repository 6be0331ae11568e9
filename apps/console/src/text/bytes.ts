const KIB = 1_024;
const MIB = KIB * KIB;

/** Formats a number of bytes: `512 B`, `256 KiB`, `1.5 MiB`. */
export function byteLength(bytes: number): string {
  if (bytes < KIB) return `${bytes} B`;
  if (bytes < MIB) return `${trimmed(bytes / KIB)} KiB`;
  return `${trimmed(bytes / MIB)} MiB`;
}

function trimmed(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '');
}

/**
 * Shows bytes as text if they are valid UTF-8 and, except for line feeds and tabs, contain no characters of Unicode's
 * category C (control, format, private use, unassigned); otherwise shows each byte that is not printable ASCII as a
 * number, such as `\x1f`. Pure.
 */
export function printable(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!/[^\P{C}\n\t]/u.test(text)) return text;
  } catch {
    // The bytes are not UTF-8.
  }
  return Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
}
