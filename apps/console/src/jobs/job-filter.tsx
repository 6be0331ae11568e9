import type { ReactNode } from 'react';
import { texts } from '../texts.ts';
import { exactTime, zonedTime } from '../time/time.ts';
import { partsOf } from './job-search.ts';

const names: Partial<Record<string, string>> = texts.executions.filters;
const statuses: Partial<Record<string, string>> = texts.statuses;

/** Shows the parts of a filter in words. */
export function JobFilterParts({ filter }: { filter: Readonly<Record<string, unknown>> }) {
  const parts = partsOf(filter);
  if (parts.length === 0) return <span>{texts.jobs.everything}</span>;
  return (
    <ul className="job-filter">
      {parts.map(([name, value]) => (
        <li key={name}>
          <span className="muted">{names[name] ?? name}</span>{' '}
          <span className="foreign">{written(name, value)}</span>
        </li>
      ))}
    </ul>
  );
}

function written(name: string, value: string): ReactNode {
  if (name === 'status') return statuses[value] ?? value;
  if ((name !== 'from' && name !== 'to') || Number.isNaN(Date.parse(value))) return value;
  return (
    <time dateTime={value} title={exactTime(value)}>
      {zonedTime(value)}
    </time>
  );
}
