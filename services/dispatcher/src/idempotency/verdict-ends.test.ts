import { describe, expect, it } from '@jest/globals';
import { parseNote, VerdictEnds } from './verdict-ends.ts';

const at = (partition: number, offset: number) => ({ topic: 'any', partition, offset });

describe('verdict ends', () => {
  it('notes the ends of each partition on its own', () => {
    const ends = new VerdictEnds();
    ends.completedAt(at(1, 41));
    ends.delayedAt(at(1, 6));
    ends.delayedAt(at(2, 8));
    expect(parseNote(ends.note(1))).toEqual({ completed: 42, delayed: 7 });
    expect(parseNote(ends.note(2))).toEqual({ completed: 0, delayed: 9 });
  });

  it('never goes back when acknowledgements arrive out of order', () => {
    const ends = new VerdictEnds();
    ends.completedAt(at(0, 10));
    ends.completedAt(at(0, 9));
    expect(parseNote(ends.note(0))?.completed).toBe(11);
  });

  it.each([null, '', 'x', '1', '1 2 3', '-1 2'])('takes %p for a note that says nothing', (note) => {
    expect(parseNote(note)).toBeNull();
  });
});
