import { endOfString } from './json-string.ts';
import { LIMITS } from './limits.ts';

/**
 * Measures how deeply JSON from outside is nested. `JSON.stringify`, a reviver and code that walks a tree are recursive,
 * so a value that is nested too deeply makes them throw a RangeError. Nothing here is recursive.
 */

const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Whether the arrays and objects of a JSON text are nested at most `levels` deep: `{}` has one level, `[{}]` two. Reads
 * the text once and stores nothing, so it may run before the text is parsed. For a text that is not JSON, the result is
 * arbitrary.
 */
export function isTextWithinDepth(json: string, levels: number = LIMITS.jsonDepth.max): boolean {
  // Each level takes at least one character.
  if (json.length <= levels) return true;
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (code === QUOTE) i = endOfString(json, i) - 1;
    else if (code === OPEN_BRACKET || code === OPEN_BRACE) {
      depth += 1;
      if (depth > levels) return false;
    } else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) depth -= 1;
  }
  return true;
}

/**
 * Whether a parsed value is nested at most `levels` deep; a value that is neither an array nor an object has no levels.
 */
export function isWithinDepth(value: unknown, levels: number = LIMITS.jsonDepth.max): boolean {
  let level = [value].filter(isNested);
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > levels) return false;
    level = level.flatMap((outer) => Object.values(outer).filter(isNested));
  }
  return true;
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
