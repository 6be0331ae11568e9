/** The last lines of a stream of text. */
interface Tail {
  /** Adds the next chunk, which may end anywhere. */
  add: (chunk: Buffer | string) => void;
  /** Returns the last `lines` lines (by default all lines that are kept), including an unfinished line. */
  text(lines?: number): string;
}

/**
 * Keeps the last lines of a process's output, so that a failure can show them and a verbose process uses little memory.
 * @param keep number of lines to keep
 * @param onLine called with every complete line
 */
export function createTail(keep: number, onLine?: (line: string) => void): Tail {
  const lines: string[] = [];
  let open = '';
  return {
    add(chunk) {
      const parts = (open + chunk.toString()).split('\n');
      open = parts.pop() ?? '';
      for (const line of parts) {
        lines.push(line);
        onLine?.(line);
      }
      lines.splice(0, Math.max(0, lines.length - keep));
    },
    text(count = keep) {
      const all = open === '' ? lines : [...lines, open];
      return all.slice(-count).join('\n');
    },
  };
}
