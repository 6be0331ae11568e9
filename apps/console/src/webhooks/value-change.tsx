import { useMemo } from 'react';
import { DiffView } from '../text/diff-view.tsx';
import { diffLines } from '../text/line-diff.ts';
import { texts } from '../texts.ts';
import { written } from './webhook-search.ts';
import './value-change.css';

const { comparison: words } = texts.webhooks;
/** Longer values, and values of several lines, are compared line by line. */
const MAX_SENTENCE_CHARS = 60;
const CONTEXT_LINES = 2;
const SIDES = [words.before, words.after] as const;

/** The change of one field, as a sentence or, if a value is long or has several lines, line by line. */
export function ValueChange({ field, before, after }: { field: string; before: unknown; after: unknown }) {
  const [old, now] = [written(before), written(after)];
  const isShort = [old, now].every((text) => text.length <= MAX_SENTENCE_CHARS && !text.includes('\n'));
  // Memoized, because up to a million pairs of lines are compared.
  const lines = useMemo(
    () => (isShort ? [] : diffLines(before === null ? '' : old, after === null ? '' : now)),
    [isShort, before, after, old, now],
  );
  return (
    <li className="value-change">
      <p className="foreign">
        <code>{field}</code> {verbOf(before, after)}
        {isShort && <Sentence before={before} after={after} />}
      </p>
      {!isShort && <DiffView label={field} lines={lines} sides={SIDES} contextLines={CONTEXT_LINES} />}
    </li>
  );
}

function verbOf(before: unknown, after: unknown): string {
  if (before === null) return words.added;
  return after === null ? words.removed : words.changed;
}

function Sentence({ before, after }: { before: unknown; after: unknown }) {
  if (before === null) return <>: {written(after)}</>;
  if (after === null) return <>: {written(before)}</>;
  return <> {words.fromTo(written(before), written(after))}</>;
}
