import { idempotent } from '@hookline/client';
import type { components } from '@hookline/client/schema';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { FactList, TextFacts } from '../lists/facts.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { ActionButton } from '../shell/action-button.tsx';
import { BackLink } from '../shell/back-link.tsx';
import { Failure } from '../shell/failure.tsx';
import { Loading } from '../shell/loading.tsx';
import { Page } from '../shell/page.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { printable } from '../text/bytes.ts';
import { prettyJson } from '../text/pretty-json.ts';
import { texts } from '../texts.ts';
import { exactTime } from '../time/time.ts';
import '../lists/lists.css';

type Detail = components['schemas']['DeadLetterDetail'];
const route = getRouteApi('/signed-in/dead-letters/$id');
const { facts, redrive, filter } = texts.deadLetters;

/** One dead letter: the reason why it was not processed, what to do about it, and its record as text. */
export function DeadLetterPage() {
  const { id } = route.useParams();
  const { api } = useSignedIn();
  const client = useQueryClient();
  const queryKey = ['dead-letter', id];
  const letter = useQuery<Detail>({
    queryKey,
    queryFn: async ({ signal }) => {
      const { data } = await api.GET('/api/v1/dead-letters/{id}', { params: { path: { id } }, signal });
      return data;
    },
  });
  useShortcuts({ r: () => void letter.refetch() });
  const run = async (): Promise<void> => {
    await api.POST('/api/v1/dead-letters/{id}/redrive', { params: { path: { id }, ...idempotent() } });
    await client.invalidateQueries({ queryKey });
    await client.invalidateQueries({ queryKey: ['dead-letters'] });
  };
  return (
    <Page
      back={
        <BackLink to="/dead-letters" search={{}}>
          {texts.nav.deadLetters}
        </BackLink>
      }
      title={letter.data ? texts.deadLetters.named(recordOf(letter.data)) : texts.deadLetters.one}
      actions={
        <>
          {letter.data?.can_redrive && (
            <ActionButton label={redrive.label} confirm={redrive} tone="primary" run={run} />
          )}
        </>
      }
    >
      {letter.isPending && <Loading />}
      {letter.isError && <Failure error={letter.error} onRetry={() => void letter.refetch()} />}
      {letter.data && <Details letter={letter.data} />}
    </Page>
  );
}

function Details({ letter }: { letter: Detail }) {
  const { redriven_to: to } = letter;
  const rows: [string, string | null][] = [
    [facts.reason, filter.reasons[letter.reason]],
    [facts.error, letter.error],
    [facts.record, recordOf(letter)],
    [facts.account, letter.account_id],
    [facts.execution, letter.execution_id],
    [facts.failed, exactTime(letter.failed_at)],
    [facts.bytes, String(letter.value_bytes)],
    [facts.redriven, letter.redriven_at && exactTime(letter.redriven_at)],
    [facts.redrivenTo, to && recordOf(to)],
    [facts.refusal, letter.redrive_refusal],
  ];
  return (
    <>
      <p className="notice notice-warn foreign">{letter.todo}</p>
      <section className="section">
        <FactList>
          <TextFacts facts={rows} />
        </FactList>
        {letter.preview && (
          <>
            <h2>{facts.content}</h2>
            <pre className="code-block foreign">{contentOf(letter.preview)}</pre>
            {letter.preview.truncated && <p className="muted">{facts.cut}</p>}
          </>
        )}
      </section>
    </>
  );
}

function recordOf({ topic, partition, offset }: Pick<Detail, 'topic' | 'partition' | 'offset'>): string {
  return `${topic}-${partition}@${offset}`;
}

function contentOf({ encoding, text }: NonNullable<Detail['preview']>): string {
  if (encoding === 'json') return prettyJson(text) ?? text;
  return printable(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
}
