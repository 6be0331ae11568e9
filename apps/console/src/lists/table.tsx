import type { ReactNode } from 'react';
import './lists.css';

export interface Column {
  label: string;
  /** Numbers are aligned at their end. */
  isNumber?: boolean;
  /** Actions are at the end of the row. */
  isEnd?: boolean;
  /** Left out on a narrow screen. */
  isWide?: boolean;
  /** Takes the width that the other columns leave. */
  isMain?: boolean;
}

interface TableProps {
  label: string;
  columns: readonly Column[];
  /** Rows of `Row`. */
  children: ReactNode;
}

/** A table that scrolls sideways by itself where the screen is too narrow. */
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
  /** Name of the number, shown on narrow screens, which have no column heads. */
  label: string;
  isWide?: boolean;
  children: ReactNode;
}

/** A cell of numbers. */
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
