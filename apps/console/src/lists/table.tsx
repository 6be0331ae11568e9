import type { ReactNode } from 'react';
import './lists.css';

export interface Column {
  label: string;
  /** Whether cells contain numbers, which are aligned at the end of the cell. */
  isNumber?: boolean;
  /** Whether cells contain actions, which are at the end of the row. */
  isEnd?: boolean;
  /** Whether the column is hidden on a narrow screen. */
  isWide?: boolean;
  /** Whether the column gets the width that the other columns leave. */
  isMain?: boolean;
}

interface TableProps {
  label: string;
  columns: readonly Column[];
  /** Table rows. */
  children: ReactNode;
}

/** A table in a box that scrolls sideways if the screen is too narrow. */
export function Table({ label, columns, children }: TableProps) {
  return (
    <div className="table-scroll" role="region" aria-label={label} tabIndex={0}>
      <table className="table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.label} scope="col" className={cellClass(column)}>
                {column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

interface NumberCellProps {
  /** Name of the number, shown on narrow screens, where the column heads are hidden. */
  label: string;
  isWide?: boolean;
  children: ReactNode;
}

/** Table cell with a number. */
export function NumberCell({ label, isWide = false, children }: NumberCellProps) {
  return (
    <td className={cellClass({ isNumber: true, isWide })} data-label={label}>
      <span>{children}</span>
    </td>
  );
}

export function cellClass({ isNumber, isEnd, isWide, isMain }: Omit<Column, 'label'>): string {
  return [isNumber && 'table-number', isEnd && 'table-end', isWide && 'table-wide', isMain && 'table-main']
    .filter(Boolean)
    .join(' ');
}
