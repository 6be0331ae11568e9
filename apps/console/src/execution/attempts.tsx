import { Link, useNavigate } from '@tanstack/react-router';
import { Badge } from '../shell/badge.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { texts } from '../texts.ts';
import { exactTime, span } from '../time/time.ts';
import { AttemptDiff } from './attempt-diff.tsx';
import type { DetailSearch } from './detail-search.ts';
import { Exchange } from './exchange.tsx';
import { type Attempt, type ExecutionDetail, isUnfinished } from './execution.ts';

const words = texts.execution.attempts;
const SUCCEEDED = { tone: 'ok', icon: 'check' } as const;
const FAILED = { tone: 'bad', icon: 'alert' } as const;

/** The attempts of an execution: the selected attempt in full, or its differences from another attempt. */
export function Attempts({ detail, search }: { detail: ExecutionDetail; search: DetailSearch }) {
  const { attempts } = detail;
  const selected = attempts.find(({ attempt }) => attempt === search.attempt) ?? attempts.at(-1);
  const navigate = useNavigate();
  const go = (step: number): void => {
    const next = attempts[attempts.findIndex((each) => each === selected) + step];
    if (!next) return;
    void navigate({
      to: '.',
      search: (search) => ({ ...search, attempt: next.attempt }),
      state: true,
      replace: true,
    });
  };
  useShortcuts({ j: () => go(1), k: () => go(-1) });
  const other = attempts.find(({ attempt }) => attempt === search.compare && attempt !== selected?.attempt);
  return (
    <section aria-labelledby="attempts" className="attempts">
      <h2 id="attempts">{words.title}</h2>
      {selected === undefined ? (
        <p className="muted">{isUnfinished(detail) ? words.none : words.noneEnded}</p>
      ) : (
        <>
          <div className="attempts-bar">
            <Choice attempts={attempts} selected={selected} />
            {attempts.length > 1 && <Comparison attempts={attempts} selected={selected} other={other} />}
          </div>
          {other ? (
            <AttemptDiff {...inOrder(selected, other)} isHidden={detail.bodies === 'hidden'} />
          ) : (
            <OneAttempt attempt={selected} isHidden={detail.bodies === 'hidden'} />
          )}
        </>
      )}
    </section>
  );
}

function inOrder(a: Attempt, b: Attempt): { before: Attempt; after: Attempt } {
  return a.attempt < b.attempt ? { before: a, after: b } : { before: b, after: a };
}

function Choice({ attempts, selected }: { attempts: readonly Attempt[]; selected: Attempt }) {
  return (
    <ul className="attempts-choice" aria-label={words.title}>
      {attempts.map(({ attempt, status, error_type, response }) => (
        <li key={attempt}>
          <Link
            to="."
            search={(search) => ({ ...search, attempt })}
            state={true}
            replace
            className="attempts-link"
            aria-current={attempt === selected.attempt ? 'true' : undefined}
          >
            {words.label(attempt)}
            <Badge {...(status === 'success' ? SUCCEEDED : FAILED)}>
              {response?.status ?? error_type ?? status}
            </Badge>
          </Link>
        </li>
      ))}
    </ul>
  );
}

interface ComparisonProps {
  attempts: readonly Attempt[];
  selected: Attempt;
  other: Attempt | undefined;
}

function Comparison({ attempts, selected, other }: ComparisonProps) {
  const navigate = useNavigate();
  const choose = (value: string): void => {
    void navigate({
      to: '.',
      search: ({ attempt }) => ({
        ...(attempt !== undefined && { attempt }),
        ...(value !== '' && { compare: Number(value) }),
      }),
      state: true,
      replace: true,
    });
  };
  return (
    <label className="attempts-compare">
      <span>{words.compare}</span>
      <select className="input" value={other?.attempt ?? ''} onChange={(event) => choose(event.target.value)}>
        <option value="">{words.compareNone}</option>
        {attempts
          .filter(({ attempt }) => attempt !== selected.attempt)
          .map(({ attempt }) => (
            <option key={attempt} value={attempt}>
              {words.label(attempt)}
            </option>
          ))}
      </select>
    </label>
  );
}

function OneAttempt({ attempt, isHidden }: { attempt: Attempt; isHidden: boolean }) {
  const { error_type, error_message, queue_position, redirects } = attempt;
  return (
    <div className="attempt" key={attempt.attempt}>
      <p className="attempt-facts">
        <span>
          {words.started} <time dateTime={attempt.started_at}>{exactTime(attempt.started_at)}</time>
        </span>
        <span>
          {words.duration} {span(attempt.duration_ms)}
        </span>
        <span>
          {words.queued} {span(attempt.queued_ms)}
          {queue_position !== null && `, ${words.queuePosition(queue_position)}`}
        </span>
        <span>{words.version(attempt.definition_version)}</span>
      </p>
      {error_type !== null && (
        <p className="notice notice-bad">
          <strong className="mono">{error_type}</strong> <span className="foreign">{error_message}</span>
        </p>
      )}
      {redirects.length > 0 && (
        <div>
          <h3>{words.redirects}</h3>
          <ol className="attempt-redirects">
            {redirects.map(({ status, method, url, duration_ms }, index) => (
              <li key={index}>
                {words.redirect(status, method, span(duration_ms))}{' '}
                <span className="mono foreign">{url}</span>
              </li>
            ))}
          </ol>
        </div>
      )}
      <Exchange attempt={attempt} isHidden={isHidden} />
    </div>
  );
}
