import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ExecutionSearch } from '../executions/execution-search.ts';
import './figures.css';

interface TileProps {
  label: string;
  value: ReactNode;
  /** The list of executions that the number counts. */
  search?: ExecutionSearch;
  children?: ReactNode;
}

/** A number with its name; it leads to its list. */
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
