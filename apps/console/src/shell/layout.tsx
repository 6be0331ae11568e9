import { Link, Outlet } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { isAdminKey, type Session } from '../session/session.ts';
import { useSignedIn } from '../session/session-context.ts';
import { texts } from '../texts.ts';
import { useKeptFocus } from './keep-focus.ts';
import { useShortcuts } from './shortcuts.ts';
import { setTheme, type Theme, useTheme } from './theme.ts';
import './layout.css';

/** Loaded when the dialog is first opened. */
const ShortcutsDialog = lazy(() => import('./shortcuts-dialog.tsx'));

const PAGES = [
  { to: '/', label: texts.nav.overview },
  { to: '/executions', label: texts.nav.executions },
  { to: '/webhooks', label: texts.nav.webhooks },
  { to: '/endpoints', label: texts.nav.endpoints },
  { to: '/jobs', label: texts.nav.jobs },
] as const;

/** Pages that are not shown in the portal. */
const ACCOUNT_PAGES = [
  { to: '/keys', label: texts.nav.keys },
  { to: '/audit', label: texts.nav.audit },
] as const;

/** Pages with the data of all accounts. */
const OPERATOR_PAGES = [
  { to: '/dead-letters', label: texts.nav.deadLetters },
  { to: '/accounts', label: texts.nav.accounts },
] as const;

/** Navigation next to the page; on a narrow screen, a button above the page opens it. */
export function Layout() {
  const [isOpen, setOpen] = useState(false);
  useKeptFocus();
  const { session, signOut } = useSignedIn();
  const isPortal = signOut === null;
  const pages = [
    ...PAGES,
    ...(isPortal ? [] : ACCOUNT_PAGES),
    ...(session.kind === 'admin' ? OPERATOR_PAGES : []),
  ];
  return (
    <div className="layout" data-open={isOpen || undefined}>
      <a className="layout-skip" href="#content">
        {texts.nav.skip}
      </a>
      <header className="layout-bar">
        <button
          className="button button-small"
          type="button"
          aria-expanded={isOpen}
          aria-controls="navigation"
          onClick={() => setOpen(!isOpen)}
        >
          {texts.nav.menu}
        </button>
        <Brand />
      </header>
      <nav className="layout-nav" id="navigation" aria-label={texts.nav.label}>
        {!isPortal && (
          <div className="layout-brand">
            <Brand />
          </div>
        )}
        <ul>
          {pages.map(({ to, label }) => (
            <li key={to}>
              <Link
                to={to}
                className="layout-link"
                activeOptions={{ exact: to === '/', includeSearch: false }}
                activeProps={{ 'aria-current': 'page' }}
                onClick={() => setOpen(false)}
              >
                {label}
              </Link>
            </li>
          ))}
        </ul>
        <Foot />
      </nav>
      <Outlet />
    </div>
  );
}

function Brand() {
  const { session, signOut } = useSignedIn();
  const { environment } = session;
  // The portal has no brand, because it is part of another product.
  if (signOut === null) return null;
  return (
    <span className="layout-product">
      <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width={22} height={22} />
      {texts.product}
      {environment && (
        <span className="badge" style={{ border: `1px solid ${environment.colour}` }}>
          {environment.name}
        </span>
      )}
    </span>
  );
}

function Foot() {
  const { session, signOut } = useSignedIn();
  const [isHelpOpen, setHelp] = useState(false);
  useShortcuts({ '?': () => setHelp(true) });
  return (
    <div className="layout-foot">
      <button className="button button-small button-quiet" type="button" onClick={() => setHelp(true)}>
        {texts.nav.shortcuts}
      </button>
      {isHelpOpen && (
        <Suspense>
          <ShortcutsDialog onClose={() => setHelp(false)} />
        </Suspense>
      )}
      {signOut && <Who session={session} onSignOut={signOut} />}
    </div>
  );
}

/** Shows who is signed in, the choice of theme, and buttons to change the account and to sign out. */
function Who({ session, onSignOut }: { session: Session; onSignOut: () => void }) {
  const { accountId, chooseAccount } = useSignedIn();
  const theme = useTheme();
  return (
    <>
      <label className="layout-theme">
        <span>{texts.theme.label}</span>
        <select className="input" value={theme} onChange={(event) => setTheme(event.target.value as Theme)}>
          <option value="system">{texts.theme.system}</option>
          <option value="light">{texts.theme.light}</option>
          <option value="dark">{texts.theme.dark}</option>
        </select>
      </label>
      <p className="layout-who">
        <strong className="foreign">{isAdminKey(session) ? texts.session.admin : session.name}</strong>
        {accountId !== null && <span className="muted foreign">{accountId}</span>}
      </p>
      {session.accounts.length > 1 && (
        <button className="button button-small" type="button" onClick={() => chooseAccount(null)}>
          {texts.account.change}
        </button>
      )}
      <button className="button button-small" type="button" onClick={onSignOut}>
        {texts.session.signOut}
      </button>
    </>
  );
}
