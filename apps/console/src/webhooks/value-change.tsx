import { type DiffLine, diffLines } from '../text/line-diff.ts';
import { texts } from '../texts.ts';
import { foldLines } from './fold-lines.ts';
import { written } from './webhook-search.ts';
import './value-change.css';

const { comparison: words } = texts.webhooks;
/** Longer values are compared line by line. */
const MAX_SENTENCE_CHARS = 60;

/** The change of one field: in a sentence, or line by line if it is long. */
export function ValueChange({ field, before, after }: { field: string; before: unknown; after: unknown }) {
  const [old, now] = [written(before), written(after)];
  const isShort = [old, now].every((text) => text.length <= MAX_SENTENCE_CHARS && !text.includes('\n'));
  return (
    <li className="value-change">
      <p className="foreign">
        <code>{field}</code> {verbOf(before, after)}
        {isShort && <Sentence before={before} after={after} />}
      </p>
      {!isShort && (
        <Lines label={field} lines={diffLines(before === null ? '' : old, after === null ? '' : now)} />
      )}
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

function Lines({ label, lines }: { label: string; lines: readonly DiffLine[] }) {
  return (
    <pre className="value-change-lines" tabIndex={0} role="region" aria-label={label}>
      {foldLines(lines).map((block, index) =>
        typeof block === 'number' ? (
          <span className="muted" key={index}>
            ⋯ {words.same(block)}
          </span>
        ) : (
          <Line key={index} line={block} />
        ),
      )}
    </pre>
  );
}

/** Colour is never the only sign: the mark before a line shows the kind of change too. */
function Line({ line: { kind, text } }: { line: DiffLine }) {
  if (kind === 'same') return <span className="foreign">{`  ${text}`}</span>;
  const isRemoved = kind === 'removed';
  const Tag = isRemoved ? 'del' : 'ins';
  return (
    <Tag className={`value-change-${kind} foreign`}>
      <span className="visually-hidden">{isRemoved ? words.before : words.after}: </span>
      {`${isRemoved ? '−' : '+'} ${text}`}
    </Tag>
  );
}
