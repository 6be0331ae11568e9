import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { texts } from '../texts.ts';
import './sign-in.css';

const { failures } = texts.session;
const route = getRouteApi('/sign-in/failed');

/** Shows why signing in through the identity provider failed, and what to do. */
export default function SignInFailed() {
  const { reason } = route.useSearch();
  useEffect(() => {
    document.title = `${texts.session.failed} · ${texts.product}`;
  }, []);
  return (
    <main className="sign-in">
      <section className="sign-in-card">
        <h1>{texts.session.failed}</h1>
        <p>{failures[reason]}</p>
        <p>
          <Link className="button button-primary" to="/">
            {texts.session.again}
          </Link>
        </p>
      </section>
    </main>
  );
}
