import type { components } from '@hookline/client/schema';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { FilterField } from '../lists/filter-form.tsx';
import { ListFilter } from '../lists/list-filter.tsx';
import { ListStates } from '../lists/list-states.tsx';
import { rowsOf, usePagedList } from '../lists/paged-list.ts';
import { Table } from '../lists/table.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { Page } from '../shell/page.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { texts } from '../texts.ts';
import { TimeAgo } from '../time/time-ago.tsx';
import { AUDIT_TEXTS, readAuditSearch } from './audit-search.ts';

type Entry = components['schemas']['AuditEntry'];
const route = getRouteApi('/signed-in/audit');
const { columns, filter } = texts.audit;
const FIELDS: FilterField[] = [
  ...AUDIT_TEXTS.map((name) => ({
    name,
    label: filter[name],
    kind: name === 'from' || name === 'to' ? ('time' as const) : ('text' as const),
  })),
  { name: 'actor', label: filter.actor, choices: texts.audit.actors },
];

/** The audit log: who changed what, newest first. */
export function AuditPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { api, accountId, named } = useSignedIn();
  const list = usePagedList(['audit', accountId, search], async (page, signal) => {
    const params = { query: { ...named, ...search, ...page } };
    const { data } = await api.GET('/api/v1/audit-log', { params, signal });
    return data;
  });
  const rows = rowsOf(list);
  const isFiltered = Object.keys(search).length > 0;
  useShortcuts({ r: () => void list.refetch() });
  return (
    <Page title={texts.audit.title}>
      <ListFilter
        search={{ ...search }}
        fields={FIELDS}
        onApply={(found) => void navigate({ search: readAuditSearch(found) })}
      />
      <ListStates
        list={list}
        rows={rows.length}
        onClear={isFiltered ? () => void navigate({ search: {} }) : undefined}
        empty={
          <>
            <h2>{isFiltered ? texts.audit.none : texts.audit.empty}</h2>
            {isFiltered && (
              <Link className="button" to="/audit" search={{}}>
                {texts.lists.clear}
              </Link>
            )}
          </>
        }
      >
        <Table
          label={texts.audit.title}
          columns={[
            { label: columns.action },
            { label: columns.at },
            { label: columns.target },
            { label: columns.actor },
            { label: columns.change },
          ]}
        >
          {rows.map((entry) => (
            <EntryRow key={entry.id} entry={entry} />
          ))}
        </Table>
      </ListStates>
    </Page>
  );
}

function EntryRow({ entry }: { entry: Entry }) {
  return (
    <tr>
      <td className="mono">{entry.action}</td>
      <td>
        <TimeAgo at={entry.at} />
      </td>
      <td className="mono foreign">{entry.target}</td>
      <td>
        <span className="foreign">{actorOf(entry)}</span>{' '}
        {entry.actor.address !== null && <span className="field-hint mono">{entry.actor.address}</span>}
      </td>
      <td>
        <Change entry={entry} />
      </td>
    </tr>
  );
}

function actorOf({ actor }: Entry): string {
  const { type, person, key_name, key_id } = actor;
  const who = person && (person.name ?? person.email ?? person.subject);
  if (type === 'portal') return who === null ? texts.audit.actors.portal : texts.audit.inPortal(who);
  if (type !== 'api_key') return who ?? texts.audit.actors[type];
  const key = key_name ?? key_id ?? texts.audit.actors.api_key;
  return who === null ? key : texts.audit.byKey(who, key);
}

function Change({ entry: { before, after } }: { entry: Entry }) {
  if (before === null && after === null) return '–';
  return (
    <details>
      <summary>{texts.audit.show}</summary>
      {before !== null && <Side label={texts.audit.before} value={before} />}
      {after !== null && <Side label={texts.audit.after} value={after} />}
    </details>
  );
}

function Side({ label, value }: { label: string; value: unknown }) {
  return (
    <>
      <span className="field-hint">{label}</span>
      <pre className="code-block foreign">{JSON.stringify(value, null, 2)}</pre>
    </>
  );
}
