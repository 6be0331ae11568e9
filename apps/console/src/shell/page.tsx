import { type ReactNode, useEffect, useRef } from 'react';
import { texts } from '../texts.ts';
import { moveToRow } from './row-keys.ts';
import { useShortcuts } from './shortcuts.ts';
import './page.css';

interface PageProps {
  title: string;
  /** `BackLink` to the list that the page belongs to. */
  back?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/**
 * A page with its title, which is also the title of the window, and its actions. The keys `j` and `k` move through the
 * rows of its tables.
 */
export function Page({ title, back, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · ${texts.product}`;
  }, [title]);
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    // Moves the focus into the page, because the link that led here is gone.
    if (document.activeElement === document.body) main.current?.focus({ preventScroll: true });
  }, []);
  useShortcuts({ j: () => moveToRow(main.current, 1), k: () => moveToRow(main.current, -1) });
  return (
    <main className="page" id="content" tabIndex={-1} ref={main}>
      {back}
      <header className="page-header">
        <h1>{title}</h1>
        <div className="page-actions">{actions}</div>
      </header>
      {children}
    </main>
  );
}
