import { Link } from '@tanstack/react-router';
import type { ExecutionSearch } from '../executions/execution-search.ts';
import { NumberCell, Table } from '../lists/table.tsx';
import { count } from '../lists/numbers.ts';
import { texts } from '../texts.ts';
import { span } from '../time/time.ts';
import { type Analytics } from './figures.ts';

const { errors: words, waits: waitWords } = texts.overview;

interface ErrorClassesProps {
  errors: Analytics['errors'];
  /** Filter of the counted executions: a time range and, for example, an endpoint. */
  period: ExecutionSearch;
}

/** Number of executions and attempts for each error class. */
export function ErrorClasses({ errors, period }: ErrorClassesProps) {
  return (
    <section className="panel">
      <h2>{words.title}</h2>
      {errors.length === 0 ? (
        <p className="muted">{words.none}</p>
      ) : (
        <Table
          label={words.title}
          columns={[
            { label: words.type },
            { label: words.executions, isNumber: true },
            { label: words.attempts, isNumber: true },
          ]}
        >
          {errors.map(({ error_type, executions, attempts }) => (
            <tr key={error_type}>
              <td>
                <Link className="mono" to="/executions" search={{ ...period, error_type }}>
                  {error_type}
                </Link>
              </td>
              <NumberCell label={words.executions}>{count(executions)}</NumberCell>
              <NumberCell label={words.attempts}>{count(attempts)}</NumberCell>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

interface WaitsProps {
  waits: Analytics['waits'];
  /** Filter of the counted executions: a time range and, for example, an endpoint. */
  period: ExecutionSearch;
}

/** The reasons why executions waited before an attempt, with the number and duration of the waits. */
export function Waits({ waits, period }: WaitsProps) {
  return (
    <section className="panel">
      <h2>{waitWords.title}</h2>
      {waits.length === 0 ? (
        <p className="muted">{waitWords.none}</p>
      ) : (
        <Table
          label={waitWords.title}
          columns={[
            { label: waitWords.reason },
            { label: waitWords.count, isNumber: true },
            { label: waitWords.total, isNumber: true },
            { label: waitWords.mean, isNumber: true, isWide: true },
          ]}
        >
          {waits.map(({ reason, waits: number, waited_ms }) => (
            <tr key={reason}>
              <td>
                <Link to="/executions" search={{ ...period, waited_for: reason }}>
                  {waitName(reason)}
                </Link>
              </td>
              <NumberCell label={waitWords.count}>{count(number)}</NumberCell>
              <NumberCell label={waitWords.total}>{span(waited_ms)}</NumberCell>
              <NumberCell label={waitWords.mean} isWide>
                {number === 0 ? '–' : span(waited_ms / number)}
              </NumberCell>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

/** Describes the reason for a wait; returns the reason itself if this console does not know it. */
export function waitName(reason: string): string {
  const names: Partial<Record<string, string>> = waitWords.reasons;
  return names[reason] ?? reason;
}
