import { texts } from '../texts.ts';
import { partsOf } from './job-search.ts';

const names: Partial<Record<string, string>> = texts.executions.filters;

/** The parts of a filter, in words. */
export function JobFilterParts({ filter }: { filter: Readonly<Record<string, unknown>> }) {
  const parts = partsOf(filter);
  if (parts.length === 0) return <span>{texts.jobs.everything}</span>;
  return (
    <ul className="job-filter">
      {parts.map(([name, value]) => (
        <li key={name}>
          <span className="muted">{names[name] ?? name}</span> <span className="foreign">{value}</span>
        </li>
      ))}
    </ul>
  );
}
