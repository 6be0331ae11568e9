import { type ReactNode, useEffect } from 'react';
import { texts } from '../texts.ts';
import './page.css';

/** A page: its title, also that of the window, and its actions. */
export function Page({
  title,
  actions,
  children,
}: {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · ${texts.product}`;
  }, [title]);
  return (
    <main className="page" id="content" tabIndex={-1}>
      <header className="page-header">
        <h1>{title}</h1>
        <div className="page-actions">{actions}</div>
      </header>
      {children}
    </main>
  );
}
