import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type DOMAttributes,
  memo,
  type MouseEvent,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
} from 'react';
import { Failure } from '../shell/failure.tsx';
import { StatusBadge } from '../shell/status-badge.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { useLatest } from '../shell/use-latest.ts';
import { texts } from '../texts.ts';
import { exactTime, span } from '../time/time.ts';
import { TimeAgo } from '../time/time-ago.tsx';
import { useIsNarrow } from './use-is-narrow.ts';
import type { ListedRow } from './live-rows.ts';

/** Heights of a row in px (design/tokens.css): with one line, and with two lines on a phone. */
const ROW_PX = 36;
const ROW_OF_TWO_LINES_PX = 56;
/** Number of rows shown above the selected row after going back. */
const ROWS_ABOVE = 5;
const { columns } = texts.executions;

interface MorePages {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isFetchNextPageError: boolean;
  error: unknown;
  fetchNextPage: () => unknown;
}

interface ExecutionTableProps {
  rows: readonly ListedRow[];
  scroller: RefObject<HTMLDivElement | null>;
  /** Handlers for the element that scrolls. */
  handlers: DOMAttributes<HTMLElement>;
  selected: string | null;
  more: MorePages;
  scannedUntil: string | null;
  onSelect: (executionId: string) => void;
  onOpen: (executionId: string) => void;
}

/** Table that renders only the rows in view and a few more. Scrolling to its end loads the next page. */
export function ExecutionTable(props: ExecutionTableProps) {
  const { rows, scroller, selected, more, scannedUntil, onSelect, onOpen } = props;
  const index = rows.findIndex(({ row }) => row.execution_id === selected);
  const rowPx = useIsNarrow() ? ROW_OF_TWO_LINES_PX : ROW_PX;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 12,
    // The head takes up space above the rows; without this padding, a row that is scrolled to could be out of sight.
    scrollPaddingEnd: 2 * ROW_PX,
    // After going back from an execution, scroll its row into view.
    initialOffset: Math.max(0, (index - ROWS_ABOVE) * rowPx),
  });
  useLayoutEffect(() => virtual.measure(), [virtual, rowPx]);
  // `open` keeps its identity, so that rows whose other properties are unchanged are not rendered again.
  const latestOpen = useLatest(onOpen);
  const open = useCallback((executionId: string) => latestOpen.current(executionId), [latestOpen]);
  const items = virtual.getVirtualItems();
  const isAtEnd = (items.at(-1)?.index ?? 0) >= rows.length - 20;
  const mayLoad = more.hasNextPage && !more.isFetchingNextPage && !more.isFetchNextPageError;
  useEffect(() => {
    if (isAtEnd && mayLoad) more.fetchNextPage();
  }, [isAtEnd, mayLoad, more]);

  const moveFocusTo = useFocusOnRow(scroller);
  const go = (step: number): void => {
    const next = rows[Math.min(Math.max(index + step, 0), rows.length - 1)];
    if (!next) return;
    onSelect(next.row.execution_id);
    virtual.scrollToIndex(rows.indexOf(next));
    moveFocusTo(next.row.execution_id);
  };
  useShortcuts({
    j: () => go(1),
    k: () => go(-1),
    ...(index >= 0 && { Enter: () => onOpen(rows[index]!.row.execution_id) }),
  });

  return (
    <div
      className="executions"
      ref={scroller}
      tabIndex={0}
      role="region"
      aria-label={texts.executions.list}
      {...props.handlers}
    >
      <div
        role="table"
        aria-label={texts.executions.list}
        aria-rowcount={more.hasNextPage ? -1 : rows.length + 1}
      >
        <Head />
        <div role="rowgroup" className="executions-body" style={{ blockSize: virtual.getTotalSize() }}>
          {items.map((item) => {
            const listed = rows[item.index];
            return (
              listed && (
                <Row
                  key={listed.row.execution_id + listed.row.accepted_at}
                  {...listed}
                  top={item.start}
                  rowIndex={item.index + 2}
                  isSelected={listed.row.execution_id === selected}
                  onOpen={open}
                />
              )
            );
          })}
        </div>
      </div>
      <Foot more={more} scannedUntil={scannedUntil} />
    </div>
  );
}

/**
 * Returns a function that moves the focus to the link of a row once the row is rendered, which is after the list has
 * scrolled to it. Enter then opens that row instead of the link that had the focus before.
 */
function useFocusOnRow(scroller: RefObject<HTMLElement | null>): (executionId: string) => void {
  const wanted = useRef<string | null>(null);
  const move = (): void => {
    if (wanted.current === null) return;
    const row = `[data-execution="${CSS.escape(wanted.current)}"][aria-current=true]`;
    const link = scroller.current?.querySelector<HTMLElement>(`${row} a:not([tabindex='-1'])`);
    if (!link) return;
    wanted.current = null;
    link.focus({ preventScroll: true });
  };
  useLayoutEffect(move);
  return (executionId) => {
    wanted.current = executionId;
    // Focuses the list until the row is rendered, so that Enter does not open a link that had the focus before.
    scroller.current?.focus({ preventScroll: true });
    move();
  };
}

function Head() {
  return (
    <div role="rowgroup">
      <div role="row" className="executions-row executions-head" aria-rowindex={1}>
        {Object.entries(columns).map(([name, label]) => (
          <span role="columnheader" key={name}>
            {label}
          </span>
        ))}
      </div>
    </div>
  );
}

interface RowProps extends ListedRow {
  /** Distance from the start of the list, in px. */
  top: number;
  rowIndex: number;
  isSelected: boolean;
  onOpen: (executionId: string) => void;
}

const Row = memo(function Row({ row, hasLeft, top, rowIndex, isSelected, onOpen }: RowProps) {
  const link = {
    to: '/executions/$id',
    params: { id: row.execution_id },
    className: 'executions-link',
  } as const;
  const why =
    row.error_message ?? (row.waits_for === null ? '' : texts.executions.waits(shortReason(row.waits_for)));
  const took =
    row.completed_at === null ? '' : span(Date.parse(row.completed_at) - Date.parse(row.accepted_at));
  return (
    <div
      role="row"
      className={hasLeft ? 'executions-row executions-left' : 'executions-row'}
      aria-rowindex={rowIndex}
      aria-current={isSelected}
      data-execution={row.execution_id}
      style={{ transform: `translateY(${top}px)` }}
      onClickCapture={(event) => {
        if (!isPlainClick(event)) return;
        event.preventDefault();
        onOpen(row.execution_id);
      }}
    >
      <span role="cell">
        <Link {...link} tabIndex={-1}>
          <StatusBadge status={row.status} />
          {hasLeft && <span className="visually-hidden">{texts.executions.live.left}</span>}
        </Link>
      </span>
      <span role="cell">
        <Link {...link}>
          <TimeAgo at={row.accepted_at} />
        </Link>
      </span>
      <span role="cell" className="executions-endpoint foreign" title={row.endpoint ?? row.action_id}>
        <bdi className={row.endpoint === null ? 'mono' : undefined} dir="ltr">
          {row.endpoint?.replace(/^https:\/\//, '') ?? row.action_id}
        </bdi>
      </span>
      <span role="cell" className="mono foreign" title={row.workflow_execution_id ?? undefined}>
        {row.workflow_execution_id ?? '–'}
      </span>
      <span role="cell" className="executions-number">
        {row.attempt_count}
      </span>
      <span role="cell" className="executions-number">
        {row.response_status ?? '–'}
      </span>
      <span role="cell" className="foreign" title={why}>
        {row.error_type !== null && <strong>{row.error_type} </strong>}
        {why}
      </span>
      <span role="cell" className="executions-number">
        {took}
      </span>
    </div>
  );
});

/** Returns the short name of the reason for a wait; returns a reason that is unknown to this console unchanged. */
function shortReason(reason: string): string {
  const known: Readonly<Record<string, string>> = texts.execution.axis.short;
  return Object.hasOwn(known, reason) ? (known[reason] ?? reason) : reason;
}

/** Returns whether a click should open the row in this tab; false if it opens another tab or ends a text selection. */
function isPlainClick({ button, ctrlKey, metaKey, shiftKey, altKey }: MouseEvent): boolean {
  const isSelecting = (getSelection()?.toString() ?? '') !== '';
  return button === 0 && !ctrlKey && !metaKey && !shiftKey && !altKey && !isSelecting;
}

function Foot({ more, scannedUntil }: { more: MorePages; scannedUntil: string | null }) {
  if (more.isFetchNextPageError) return <Failure error={more.error} onRetry={() => more.fetchNextPage()} />;
  const state = more.isFetchingNextPage
    ? texts.executions.more
    : scannedUntil !== null && more.hasNextPage
      ? texts.executions.scanned(exactTime(scannedUntil))
      : more.hasNextPage
        ? ''
        : texts.executions.end;
  return (
    <p className="executions-foot muted" role="status">
      {state}
    </p>
  );
}
