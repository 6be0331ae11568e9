import { Link } from '@tanstack/react-router';
import { cellClass, Table } from '../lists/table.tsx';
import { texts } from '../texts.ts';
import { span } from '../time/time.ts';
import { type Analytics, count } from './figures.ts';

const { errors: words, waits: waitWords } = texts.overview;

interface ErrorClassesProps {
  errors: Analytics['errors'];
  period: { from: string; to: string };
}

/** Executions by the class of the error that they ended with. */
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
              <td className={cellClass({ isNumber: true })}>{count(executions)}</td>
              <td className={cellClass({ isNumber: true })}>{count(attempts)}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

/** Why executions waited before an attempt, and for how long. */
export function Waits({ waits }: { waits: Analytics['waits'] }) {
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
              <td>{waitName(reason)}</td>
              <td className={cellClass({ isNumber: true })}>{count(number)}</td>
              <td className={cellClass({ isNumber: true })}>{span(waited_ms)}</td>
              <td className={cellClass({ isNumber: true, isWide: true })}>
                {number === 0 ? '–' : span(waited_ms / number)}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

function waitName(reason: string): string {
  const names: Partial<Record<string, string>> = waitWords.reasons;
  return names[reason] ?? reason;
}
