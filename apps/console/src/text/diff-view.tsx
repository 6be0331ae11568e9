import { useMemo, useState } from 'react';
import { texts } from '../texts.ts';
import { type DiffBlock, firstLines, foldSame } from './fold-lines.ts';
import type { DiffLine } from './line-diff.ts';
import './diff-view.css';

/** Number of lines that are shown at first, and number of lines that each press of the button adds. */
const SHOWN_LINES = 300;

/** Names of the two sides, for people who cannot see the marks. */
type Sides = readonly [removed: string, added: string];

interface DiffViewProps {
  label: string;
  lines: readonly DiffLine[];
  sides: Sides;
  /** Number of equal lines that are shown before and after each difference. */
  contextLines: number;
}

/** Shows the difference between two texts line by line; long runs of equal lines are folded. */
export function DiffView({ label, lines, sides, contextLines }: DiffViewProps) {
  const [shown, setShown] = useState(SHOWN_LINES);
  const { blocks, left } = useMemo(
    () => firstLines(foldSame(lines, contextLines), shown),
    [lines, contextLines, shown],
  );
  return (
    <>
      <pre className="diff-view" tabIndex={0} role="region" aria-label={label}>
        {blocks.map((block, index) => (
          <Block key={index} block={block} sides={sides} />
        ))}
      </pre>
      {left > 0 && (
        <button className="button button-small" type="button" onClick={() => setShown(shown + SHOWN_LINES)}>
          {texts.diff.more(left)}
        </button>
      )}
    </>
  );
}

function Block({ block, sides }: { block: DiffBlock; sides: Sides }) {
  if (block.kind === 'same') {
    return <span className="diff-view-fold muted">⋯ {texts.diff.same(block.count)}</span>;
  }
  return block.lines.map((line, index) => <Line key={index} line={line} sides={sides} />);
}

/** A line with a mark that shows the kind of change, so that colour is never the only sign. */
function Line({ line: { kind, text }, sides: [removed, added] }: { line: DiffLine; sides: Sides }) {
  if (kind === 'same') return <span className="foreign">{`  ${text}`}</span>;
  const isRemoved = kind === 'removed';
  const Tag = isRemoved ? 'del' : 'ins';
  return (
    <Tag className={`diff-view-${kind} foreign`}>
      <span className="visually-hidden">{isRemoved ? removed : added}: </span>
      {`${isRemoved ? '−' : '+'} ${text}`}
    </Tag>
  );
}
