import type { components } from '@hookline/client/schema';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { FilterField } from '../lists/filter-form.tsx';
import { ListFilter } from '../lists/list-filter.tsx';
import { ListStates } from '../lists/list-states.tsx';
import { rowsOf, usePagedList } from '../lists/paged-list.ts';
import { Table } from '../lists/table.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { Badge } from '../shell/badge.tsx';
import { Page } from '../shell/page.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { texts } from '../texts.ts';
import { TimeAgo } from '../time/time-ago.tsx';
import { readDeadLetterSearch } from './dead-letter-search.ts';

type DeadLetter = components['schemas']['DeadLetter'];
const route = getRouteApi('/signed-in/dead-letters');
const { columns, filter } = texts.deadLetters;
const FIELDS: FilterField[] = [
  { name: 'reason', label: columns.reason, choices: filter.reasons },
  { name: 'account', label: filter.account, kind: 'id' },
];

/** Operator page that lists the records that could not be processed, newest first, across all accounts. */
export function DeadLettersPage() {
  const search = route.useSearch();
  const { reason, account } = search;
  const navigate = route.useNavigate();
  const { api } = useSignedIn();
  const list = usePagedList(['dead-letters', reason, account], async (page, signal) => {
    const query = {
      ...page,
      ...(reason && { reason }),
      ...(account !== undefined && { account_id: account }),
    };
    const { data } = await api.GET('/api/v1/dead-letters', { params: { query }, signal });
    return data;
  });
  const rows = rowsOf(list);
  useShortcuts({ r: () => void list.refetch() });
  return (
    <Page title={texts.deadLetters.title}>
      <ListFilter
        search={{ ...search }}
        fields={FIELDS}
        onApply={(found) => void navigate({ search: readDeadLetterSearch(found) })}
      />
      <ListStates
        list={list}
        rows={rows.length}
        onClear={Object.keys(search).length > 0 ? () => void navigate({ search: {} }) : undefined}
        empty={
          <>
            <h2>{texts.deadLetters.empty}</h2>
            <p className="muted">{texts.deadLetters.emptyHint}</p>
          </>
        }
      >
        <Table
          label={texts.deadLetters.title}
          columns={[
            { label: columns.record },
            { label: columns.reason },
            { label: columns.error },
            { label: columns.account, isWide: true },
            { label: columns.failed },
            { label: columns.state },
          ]}
        >
          {rows.map((letter) => (
            <LetterRow key={letter.id} letter={letter} />
          ))}
        </Table>
      </ListStates>
    </Page>
  );
}

function LetterRow({ letter }: { letter: DeadLetter }) {
  return (
    <tr>
      <td>
        <Link className="mono" to="/dead-letters/$id" params={{ id: letter.id }}>
          {letter.topic}-{letter.partition}@{letter.offset}
        </Link>
      </td>
      <td>{filter.reasons[letter.reason]}</td>
      <td className="table-line foreign">{letter.error}</td>
      <td className="table-wide mono foreign">{letter.account_id ?? '–'}</td>
      <td>
        <TimeAgo at={letter.failed_at} />
      </td>
      <td>
        {letter.redriven_at === null ? (
          <Badge tone="bad" icon="alert">
            {texts.deadLetters.states.dead}
          </Badge>
        ) : (
          <Badge tone="ok" icon="check">
            {texts.deadLetters.states.redriven}
          </Badge>
        )}
      </td>
    </tr>
  );
}
