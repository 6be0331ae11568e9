import { useMemo } from 'react';
import { DiffView } from '../text/diff-view.tsx';
import { texts } from '../texts.ts';
import { compareAttempts } from './compare-attempts.ts';
import type { Attempt } from './execution.ts';
import './attempt-diff.css';

const words = texts.execution.diff;
const CONTEXT_LINES = 3;

interface AttemptDiffProps {
  before: Attempt;
  after: Attempt;
  isHidden: boolean;
}

/** The differences between two attempts, part by part. */
export function AttemptDiff({ before, after, isHidden }: AttemptDiffProps) {
  const sections = useMemo(() => compareAttempts(before, after), [before, after]);
  const differing = sections.filter(({ isEqual }) => !isEqual);
  const equal = sections.filter(({ isEqual }) => isEqual);
  const sides = [words.only(before.attempt), words.only(after.attempt)] as const;
  return (
    <div className="attempt-diff">
      <h3>{words.title(before.attempt, after.attempt)}</h3>
      {isHidden && <p className="muted">{texts.execution.hidden}</p>}
      {differing.length === 0 && <p>{words.nothing}</p>}
      {differing.map(({ name, lines }) => (
        <section key={name}>
          <h4>{words.sections[name]}</h4>
          <DiffView label={words.sections[name]} lines={lines} sides={sides} contextLines={CONTEXT_LINES} />
        </section>
      ))}
      {differing.length > 0 && equal.length > 0 && (
        <p className="muted">
          {words.equal}: {equal.map(({ name }) => words.sections[name]).join(', ')}.
        </p>
      )}
    </div>
  );
}
