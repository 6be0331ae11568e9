import { useQuery } from '@tanstack/react-query';
import { signInProvider } from '../session/session.ts';
import { texts } from '../texts.ts';

/** Link to the identity provider, which sends people back to this page; renders nothing without a provider. */
export function ProviderLink() {
  const { data: name } = useQuery({
    queryKey: ['session', 'provider'],
    queryFn: signInProvider,
    staleTime: Infinity,
  });
  if (!name) return null;
  const query = new URLSearchParams({ return_to: `${location.pathname}${location.search}` });
  return (
    <>
      <a className="button" href={`/console/oidc/start?${query}`}>
        {texts.session.with(name)}
      </a>
      <p className="sign-in-or field-hint">{texts.session.or}</p>
    </>
  );
}
