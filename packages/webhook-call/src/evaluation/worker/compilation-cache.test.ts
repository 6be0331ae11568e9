import { describe, expect, it } from '@jest/globals';
import { CompilationCache } from './compilation-cache.ts';

describe('CompilationCache', () => {
  it('compiles definitions that it does not contain, and drops the least recently used definitions', () => {
    const cache = new CompilationCache({ maxBytes: 100 });
    const compiled: string[] = [];
    const use = (name: string, bytes = 40): string =>
      cache.use([name], bytes, () => {
        compiled.push(name);
        return name;
      });
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) expect(use(name)).toBe(name);
    expect(compiled).toEqual(['a', 'b', 'c', 'b']);
    expect(cache.bytes).toBe(80);
    use('too large', 1_000);
    expect(cache.bytes).toBe(0);
  });

  it('distinguishes any two lists of texts', () => {
    const cache = new CompilationCache({ maxBytes: 100 });
    expect(cache.use(['ab', 'c'], 1, () => 1)).toBe(1);
    expect(cache.use(['a', 'bc'], 1, () => 2)).toBe(2);
    expect(cache.use(['abc'], 1, () => 3)).toBe(3);
  });
});
