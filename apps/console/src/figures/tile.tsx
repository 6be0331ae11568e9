import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ExecutionSearch } from '../executions/execution-search.ts';
import { count } from '../lists/numbers.ts';
import { texts } from '../texts.ts';
import './figures.css';

interface TileProps {
  label: string;
  value: ReactNode;
  /** Filter for the list of executions that the number counts. */
  search?: ExecutionSearch;
  children?: ReactNode;
}

/** A number with its name; with `search`, it links to the list of executions that it counts. */
export function Tile({ label, value, search, children }: TileProps) {
  return (
    <section className="tile" aria-label={label}>
      <h2 className="tile-label">{label}</h2>
      <p className="tile-value">
        {search ? (
          <Link to="/executions" search={search}>
            {value}
          </Link>
        ) : (
          value
        )}
      </p>
      {children && <p className="tile-detail">{children}</p>}
    </section>
  );
}

/** The number of failed executions, with a link to the errors and a link to the timeouts. */
export function FailedTile({ failed, period }: { failed: number; period: ExecutionSearch }) {
  return (
    <Tile label={texts.overview.failed} value={count(failed)}>
      <Link to="/executions" search={{ ...period, status: 'error' }}>
        {texts.overview.failedErrors}
      </Link>
      {' · '}
      <Link to="/executions" search={{ ...period, status: 'timeout' }}>
        {texts.overview.failedTimeouts}
      </Link>
    </Tile>
  );
}
