import { Link } from '@tanstack/react-router';
import { ListStates } from '../lists/list-states.tsx';
import { rowsOf, usePagedList } from '../lists/paged-list.ts';
import { Table } from '../lists/table.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { Badge } from '../shell/badge.tsx';
import { texts } from '../texts.ts';
import { TimeAgo } from '../time/time-ago.tsx';

const { columns } = texts.accounts;
export const ACCOUNTS_KEY = ['accounts'];

interface AccountTableProps {
  onChoose: (accountId: string) => void;
  /** Whether the name of an account links to its settings. */
  isLinked?: boolean;
}

/** Table of all accounts, in which an operator chooses the account whose data the pages show. */
export function AccountTable({ onChoose, isLinked = false }: AccountTableProps) {
  const { api, accountId } = useSignedIn();
  const list = usePagedList(ACCOUNTS_KEY, async (page, signal) => {
    const { data } = await api.GET('/api/v1/accounts', { params: { query: page }, signal });
    return data;
  });
  const rows = rowsOf(list);
  return (
    <ListStates list={list} rows={rows.length} empty={<h2>{texts.accounts.empty}</h2>}>
      <Table
        label={texts.accounts.title}
        columns={[
          { label: columns.name },
          { label: columns.id },
          { label: columns.created, isWide: true },
          { label: columns.actions, isEnd: true },
        ]}
      >
        {rows.map(({ id, name, created_at }) => (
          <tr key={id}>
            <td className="foreign">
              {isLinked ? (
                <Link to="/accounts/$id" params={{ id }}>
                  {name}
                </Link>
              ) : (
                name
              )}
            </td>
            <td className="mono foreign">{id}</td>
            <td className="table-wide">
              <TimeAgo at={created_at} />
            </td>
            <td>
              <div className="table-actions">
                {id === accountId ? (
                  <Badge tone="ok" icon="check">
                    {texts.accounts.chosen}
                  </Badge>
                ) : (
                  <button
                    className="button button-small"
                    type="button"
                    aria-label={texts.accounts.openNamed(name)}
                    onClick={() => onChoose(id)}
                  >
                    {texts.account.open}
                  </button>
                )}
              </div>
            </td>
          </tr>
        ))}
      </Table>
    </ListStates>
  );
}
