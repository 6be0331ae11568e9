/** The last lines of a stream of text. */
interface Tail {
  /** Takes the next piece, cut anywhere. */
  add: (chunk: Buffer | string) => void;
  /** The last `lines` lines (all that are kept if not given), the unfinished one included. */
  text(lines?: number): string;
}

/**
 * Keeps the last lines of a process's output, so that a failure can show them and a chatty process costs nothing.
 * @param keep lines to remember
 * @param onLine told of every finished line
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
