import type { components } from '@hookline/client/schema';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ListStates } from '../lists/list-states.tsx';
import { rowsOf, usePagedList } from '../lists/paged-list.ts';
import { Table } from '../lists/table.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { may } from '../session/may.ts';
import { ActionButton } from '../shell/action-button.tsx';
import { Badge } from '../shell/badge.tsx';
import { Page } from '../shell/page.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { texts } from '../texts.ts';
import { useNow } from '../time/now.ts';
import { TimeAgo } from '../time/time-ago.tsx';
import { TimeUntil } from '../time/time-until.tsx';
import { KeyForm } from './key-form.tsx';
import { NewKey } from './new-key.tsx';

type ApiKey = components['schemas']['ApiKey'];
type CreatedApiKey = components['schemas']['CreatedApiKey'];
const { columns } = texts.keys;
const SHOWN = [
  { label: columns.name },
  { label: columns.scopes },
  { label: columns.created, isWide: true },
  { label: columns.used },
  { label: columns.expires },
];

/** The API keys of the account. A new key is shown once, until the user dismisses it or leaves this page. */
export function KeysPage() {
  const { api, accountId, named, session } = useSignedIn();
  const client = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const [created, setCreated] = useState<CreatedApiKey | null>(null);
  const queryKey = ['keys', accountId];
  const list = usePagedList(queryKey, async (page, signal) => {
    const { data } = await api.GET('/api/v1/api-keys', { params: { query: { ...named, ...page } }, signal });
    return data;
  });
  const rows = rowsOf(list);
  const mayManage = may(session, 'admin');
  useShortcuts({ r: () => void list.refetch() });
  const revoke = async (id: string): Promise<void> => {
    await api.DELETE('/api/v1/api-keys/{key_id}', { params: { path: { key_id: id } } });
    await client.invalidateQueries({ queryKey });
  };
  return (
    <Page
      title={texts.keys.title}
      actions={
        mayManage && (
          <button
            className="button button-primary"
            type="button"
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            {texts.keys.create}
          </button>
        )
      }
    >
      {created && <NewKey created={created} onDone={() => setCreated(null)} />}
      {isOpen && (
        <KeyForm
          onCreated={(key) => {
            setCreated(key);
            setOpen(false);
            void client.invalidateQueries({ queryKey });
          }}
          onCancel={() => setOpen(false)}
        />
      )}
      <ListStates list={list} rows={rows.length} empty={<h2>{texts.keys.empty}</h2>}>
        <Table
          label={texts.keys.title}
          columns={mayManage ? [...SHOWN, { label: columns.actions, isEnd: true }] : SHOWN}
        >
          {rows.map((key) => (
            <KeyRow key={key.id} apiKey={key} {...(mayManage && { onRevoke: () => revoke(key.id) })} />
          ))}
        </Table>
      </ListStates>
    </Page>
  );
}

function KeyRow({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke?: () => Promise<void> }) {
  const now = useNow();
  const { name, scopes, created_at, last_used_at, expires_at } = apiKey;
  const isExpired = expires_at !== null && Date.parse(expires_at) <= now;
  return (
    <tr>
      <td className="foreign">{name}</td>
      <td className="mono">{scopes.join(', ')}</td>
      <td className="table-wide">
        <TimeAgo at={created_at} />
      </td>
      <td data-label={columns.used}>
        {last_used_at === null ? texts.keys.never : <TimeAgo at={last_used_at} />}
      </td>
      <td data-label={columns.expires}>
        {isExpired && (
          <Badge tone="bad" icon="cross">
            {texts.keys.expired}
          </Badge>
        )}{' '}
        {expires_at === null ? texts.keys.noEnd : <TimeUntil at={expires_at} />}
      </td>
      {onRevoke && (
        <td>
          <div className="table-actions">
            <ActionButton
              label={texts.keys.revoke.label}
              confirm={{ ...texts.keys.revoke, text: `${name}\n\n${texts.keys.revoke.text}` }}
              tone="danger"
              run={onRevoke}
            />
          </div>
        </td>
      )}
    </tr>
  );
}
