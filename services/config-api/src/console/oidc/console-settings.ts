import {
  list,
  localOnly,
  checked,
  count,
  nonEmptyText,
  secret,
  setting,
  text,
  orFile,
} from '@hookline/shared/runtime/setting';
import { type GroupMapping, parseGroupMapping } from './group-mapping.ts';

const SESSION_MINUTES = {
  min: 5,
  max: 720,
  whole: true,
  unit: 'minutes',
  reason: 'a session lasts 12 hours at most (ADR 48)',
};

/** Settings of the identity provider (ADR 48). Without an issuer, people sign in only with keys. */
export const oidcSettings = {
  issuer: localOnly(
    checked(
      text('HOOKLINE_OIDC_ISSUER', {
        default: '',
        description:
          'Issuer of the OpenID Connect provider at which people sign in to the console, such as https://login.example.com/realms/main; empty for none',
      }),
      checkAddress,
    ),
    needsHttps,
  ),
  clientId: text('HOOKLINE_OIDC_CLIENT_ID', {
    default: '',
    description: 'Id of this deployment as a client of the provider',
  }),
  clientSecret: secret(
    text('HOOKLINE_OIDC_CLIENT_SECRET', {
      default: '',
      description:
        'Secret of this deployment as a client of the provider; empty for a public client, which only PKCE protects',
    }),
  ),
  name: text('HOOKLINE_OIDC_NAME', {
    default: '',
    description: 'Name of the provider on the sign-in page; empty for the host of the issuer',
  }),
  groups: orFile(
    setting<GroupMapping>(
      'HOOKLINE_OIDC_GROUPS',
      {
        default: [],
        description:
          'Rights of the members of groups, as JSON: `{"ops":"admin","support":{"account":"acme","scopes":["read"]}}`; a list gives a group several accounts',
      },
      { values: 'a JSON object of groups', parse: parseGroupMapping },
    ),
  ),
  groupsClaim: nonEmptyText('HOOKLINE_OIDC_GROUPS_CLAIM', {
    default: 'groups',
    description: 'Claim of the ID token, or else of the userinfo endpoint, that lists the groups of a person',
  }),
  scope: checked(
    text('HOOKLINE_OIDC_SCOPE', {
      default: 'openid profile email',
      description: 'Scopes that are requested from the provider, separated by spaces',
    }),
    checkScope,
  ),
  sessionMinutes: count('HOOKLINE_OIDC_SESSION_MINUTES', SESSION_MINUTES, {
    default: 720,
    description: 'Minutes after which a person must sign in again',
  }),
};

/**
 * Origin of the console. It determines where the provider redirects people after they sign in, and whether the cookies
 * of that sign-in require https.
 */
export const consoleUrl = localOnly(
  checked(
    text('HOOKLINE_CONSOLE_URL', {
      default: '',
      description:
        'Origin at which browsers reach this service, such as https://hooks.example.com; required for signing in through a provider, because the provider sends the browser back to it',
    }),
    checkOrigin,
  ),
  needsHttps,
);

export const portalOrigins = localOnly(
  checked(
    list('HOOKLINE_PORTAL_ORIGINS', {
      default: [],
      description:
        'Origins of the pages that may embed the portal, such as https://app.example.com, comma-separated; empty for no portal',
    }),
    (given) => {
      for (const origin of given.split(',').filter((part) => part.trim() !== '')) checkOrigin(origin.trim());
    },
  ),
  (origins) => origins.map(needsHttps).find((problem) => problem !== null) ?? null,
);

/** Returns a sentence for each missing setting that other settings require. */
export function consoleRule({
  url,
  oidc: { issuer, clientId, groups },
}: {
  url: string;
  oidc: { issuer: string; clientId: string; groups: GroupMapping };
}): string[] {
  const needed = {
    HOOKLINE_OIDC_CLIENT_ID: clientId !== '',
    HOOKLINE_OIDC_GROUPS: groups.length > 0,
    HOOKLINE_CONSOLE_URL: url !== '',
  };
  const missing = Object.entries(needed).flatMap(([name, isSet]) => (isSet ? [] : [name]));
  if (issuer !== '') {
    return missing.map((name) => `${name} must be set, because HOOKLINE_OIDC_ISSUER is set`);
  }
  const isHalf = clientId !== '' || groups.length > 0;
  return isHalf ? ['HOOKLINE_OIDC_ISSUER must be set for the other HOOKLINE_OIDC_* to have an effect'] : [];
}

/** @throws Error unless the text is empty, or an http or https URL without user, password, query and fragment */
function checkAddress(given: string): void {
  if (given === '') return;
  const url = URL.canParse(given) ? new URL(given) : null;
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (url && /^https?:$/.test(url.protocol) && isPlain) return;
  throw new Error('must be an https URL without user, password, query and fragment');
}

/** @throws Error unless the text is empty, or an origin exactly as browsers write it */
function checkOrigin(given: string): void {
  if (given === '') return;
  if (/^https?:/.test(given) && URL.canParse(given) && new URL(given).origin === given) return;
  throw new Error(
    `must be an origin such as https://app.example.com, without a path, not ${JSON.stringify(given)}`,
  );
}

function needsHttps(given: string): string | null {
  return given.startsWith('http:') ? 'must use https' : null;
}

/** @throws Error unless the scopes include openid and contain only permitted characters (RFC 6749, section 3.3) */
function checkScope(given: string): void {
  if (/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(given) && given.split(' ').includes('openid')) return;
  throw new Error('must be scopes separated by single spaces, one of them openid');
}
