import { describe, expect, it } from '@jest/globals';
import { parseNote, VerdictOffsets } from './verdict-offsets.ts';

const at = (partition: number, offset: number) => ({ topic: 'any', partition, offset });

describe('verdict offsets', () => {
  it('notes the ends of each partition separately', () => {
    const offsets = new VerdictOffsets();
    offsets.noteCompleted(at(1, 41));
    offsets.noteDelayed(at(1, 6));
    offsets.noteDelayed(at(2, 8));
    expect(parseNote(offsets.note(1))).toEqual({ completed: 42, delayed: 7 });
    expect(parseNote(offsets.note(2))).toEqual({ completed: 0, delayed: 9 });
  });

  it('returns the newest ends each time, although notes are cached between acknowledgements', () => {
    const offsets = new VerdictOffsets();
    expect(offsets.note(0)).toBe('0 0');
    offsets.noteCompleted(at(0, 10));
    expect(offsets.note(0)).toBe('11 0');
    offsets.noteDelayed(at(0, 4));
    expect(offsets.note(0)).toBe('11 5');
  });

  it('never goes back when acknowledgements arrive out of order', () => {
    const offsets = new VerdictOffsets();
    offsets.noteCompleted(at(0, 10));
    offsets.noteCompleted(at(0, 9));
    expect(parseNote(offsets.note(0))?.completed).toBe(11);
  });

  it.each([null, '', 'x', '1', '1 2 3', '-1 2'])('treats %p as a note without offsets', (note) => {
    expect(parseNote(note)).toBeNull();
  });
});
