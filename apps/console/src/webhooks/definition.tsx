import { getRouteApi, Link } from '@tanstack/react-router';
import { Fact, FactList, TextFacts } from '../lists/facts.tsx';
import { Failure } from '../shell/failure.tsx';
import { texts } from '../texts.ts';
import { TimeAgo } from '../time/time-ago.tsx';
import { useVersion, type Webhook } from './use-webhooks.ts';
import { written } from './webhook-search.ts';

const route = getRouteApi('/signed-in/webhooks/$workflowId/$actionId');
const { definition: words } = texts.webhooks;

type Settings = Omit<Webhook, 'id' | 'external_id' | 'signing' | 'warnings' | 'created_at' | 'updated_at'> & {
  signing: { enabled: boolean };
};

/** The published version that is named in the address. */
export function VersionDefinition({ version }: { version: number }) {
  const key = route.useParams();
  const loaded = useVersion(key, version);
  return (
    <section className="section" aria-label={words.version(version)}>
      <div className="page-actions">
        <h2>{words.version(version)}</h2>
        <Link className="button button-small" to="/webhooks/$workflowId/$actionId" params={key}>
          {words.toPublished}
        </Link>
      </div>
      {loaded.isPending && <p role="status">{texts.states.loading}</p>}
      {loaded.isError && <Failure error={loaded.error} onRetry={() => void loaded.refetch()} />}
      {loaded.data && (
        <>
          <FactList>
            <TextFacts facts={factsOf(loaded.data)} />
          </FactList>
          <Blocks webhook={loaded.data} />
        </>
      )}
    </section>
  );
}

/** The whole published definition except its secrets. */
export function Definition({ webhook }: { webhook: Webhook }) {
  return (
    <section className="section">
      <h2>{words.title}</h2>
      {webhook.warnings.length > 0 && (
        <ul className="notice notice-warn">
          {webhook.warnings.map((warning) => (
            <li className="foreign" key={warning}>
              {warning}
            </li>
          ))}
        </ul>
      )}
      <FactList>
        <TextFacts
          facts={[...factsOf(webhook), [words.id, webhook.id], [words.externalId, webhook.external_id]]}
        />
        <Fact name={words.changed}>
          <TimeAgo at={webhook.updated_at} />
        </Fact>
      </FactList>
      <Blocks webhook={webhook} />
    </section>
  );
}

type NamedFact = [name: string, value: string];

function Blocks({ webhook }: { webhook: Settings }) {
  return (
    <>
      <Block title={words.headers} value={webhook.headers} />
      <Block title={words.payload} value={webhook.payload_template} />
      <Block title={words.mapping} value={webhook.response_mapping} />
    </>
  );
}

function Block({ title, value }: { title: string; value: unknown }) {
  const isEmpty =
    value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
  return (
    <>
      <h3>{title}</h3>
      {isEmpty ? (
        <p className="muted">{words.none}</p>
      ) : (
        <pre className="code-block foreign">{written(value)}</pre>
      )}
    </>
  );
}

const yesNo = (value: boolean): string => (value ? words.yes : words.no);

function factsOf(webhook: Settings): NamedFact[] {
  const { auth, signing } = webhook;
  const schedule = webhook.retry_schedule?.map((seconds) => words.seconds(seconds)).join(', ');
  return [
    [words.call, `${webhook.method} ${webhook.url}`],
    [words.content, webhook.content_kind],
    [words.auth, `${auth.type}${auth.credential_set ? ` · ${words.credentialSet}` : ''}`],
    [words.signing, yesNo(signing.enabled)],
    [words.timeout, words.seconds(webhook.timeout_seconds)],
    [words.retries, webhook.retry_enabled ? words.attempts(webhook.retry_max_attempts) : words.no],
    [words.schedule, schedule ?? words.standard],
    [words.retryOn, webhook.retry_on ?? words.standard],
    [words.successOn, webhook.success_on ?? words.standard],
    [words.redirects, yesNo(webhook.follow_redirects)],
    [words.tls, yesNo(webhook.ssl_verify)],
    [words.rate, webhook.endpoint_rate_limit === null ? words.standard : String(webhook.endpoint_rate_limit)],
    [words.bodies, webhook.store_bodies === 'all' ? words.yes : words.no],
  ];
}
