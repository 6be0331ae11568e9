import { useMemo, useState } from 'react';
import type { DiffLine } from '../text/line-diff.ts';
import { texts } from '../texts.ts';
import { compareAttempts, type DiffBlock, firstLines, foldSame } from './compare-attempts.ts';
import type { Attempt } from './execution.ts';
import './attempt-diff.css';

const words = texts.execution.diff;
/** Lines of one part that are shown at first, and that each press of the button adds. */
const SHOWN_LINES = 300;

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
  return (
    <div className="attempt-diff">
      <h3>{words.title(before.attempt, after.attempt)}</h3>
      {isHidden && <p className="muted">{texts.execution.hidden}</p>}
      {differing.length === 0 && <p>{words.nothing}</p>}
      {differing.map(({ name, lines }) => (
        <section key={name}>
          <h4>{words.sections[name]}</h4>
          <Lines label={words.sections[name]} lines={lines} numbers={[before.attempt, after.attempt]} />
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

type Numbers = readonly [before: number, after: number];

interface LinesProps {
  label: string;
  lines: readonly DiffLine[];
  numbers: Numbers;
}

function Lines({ label, lines, numbers }: LinesProps) {
  const [shown, setShown] = useState(SHOWN_LINES);
  const { blocks, left } = useMemo(() => firstLines(foldSame(lines), shown), [lines, shown]);
  return (
    <>
      <pre className="attempt-diff-lines" tabIndex={0} role="region" aria-label={label}>
        {blocks.map((block, index) => (
          <Block key={index} block={block} numbers={numbers} />
        ))}
      </pre>
      {left > 0 && (
        <button className="button button-small" type="button" onClick={() => setShown(shown + SHOWN_LINES)}>
          {words.more(left)}
        </button>
      )}
    </>
  );
}

function Block({ block, numbers }: { block: DiffBlock; numbers: Numbers }) {
  if (block.kind === 'same') {
    return <span className="attempt-diff-fold muted">⋯ {words.same(block.count)}</span>;
  }
  return block.lines.map((line, index) => <Line key={index} line={line} numbers={numbers} />);
}

/** Colour is never the only sign: the mark before a line shows the kind of change too. */
function Line({ line: { kind, text }, numbers: [before, after] }: { line: DiffLine; numbers: Numbers }) {
  if (kind === 'same') return <span className="attempt-diff-line foreign">{`  ${text}`}</span>;
  const isRemoved = kind === 'removed';
  const Tag = isRemoved ? 'del' : 'ins';
  return (
    <Tag className={`attempt-diff-line attempt-diff-${kind} foreign`}>
      <span className="visually-hidden">{words.only(isRemoved ? before : after)}: </span>
      {`${isRemoved ? '−' : '+'} ${text}`}
    </Tag>
  );
}
