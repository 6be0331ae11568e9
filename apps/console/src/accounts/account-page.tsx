import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useSignedIn } from '../session/session-context.ts';
import { ActionButton } from '../shell/action-button.tsx';
import { Badge } from '../shell/badge.tsx';
import { BackLink } from '../shell/back-link.tsx';
import { Failure } from '../shell/failure.tsx';
import { textOf } from '../shell/form-text.ts';
import { Loading } from '../shell/loading.tsx';
import { Page } from '../shell/page.tsx';
import { Refusal } from '../shell/refusal.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { useFormSubmit } from '../shell/use-submit.ts';
import { texts } from '../texts.ts';
import { TimeAgo } from '../time/time-ago.tsx';
import { type AccountSettings, LIMITS, settingsOf } from './settings.ts';
import { useAccount, useAccountActions } from './use-settings.ts';
import '../lists/lists.css';
import './accounts.css';

const route = getRouteApi('/signed-in/accounts/$id');
const { settings: words } = texts.accounts;

/** One account, for operators: its name, its limits and paused endpoints, and whether it is suspended. */
export function AccountPage() {
  const { id } = route.useParams();
  const { session } = useSignedIn();
  const account = useAccount(id);
  useShortcuts({ r: () => void account.refetch() });
  if (session.kind !== 'admin') {
    return (
      <Page title={texts.accounts.one}>
        <p className="notice">{texts.states.forbidden}</p>
      </Page>
    );
  }
  return (
    <Page
      title={account.data?.account.name ?? texts.accounts.one}
      back={<BackLink to="/accounts">{texts.nav.accounts}</BackLink>}
      actions={<>{account.data && <Suspending settings={account.data.settings} />}</>}
    >
      {account.isPending && <Loading />}
      {account.isError && <Failure error={account.error} onRetry={() => void account.refetch()} />}
      {account.data && (
        <>
          <p className="account-facts muted">
            <span className="mono foreign">{id}</span>
            <span>
              {words.changed} <TimeAgo at={account.data.settings.updated_at} />
            </span>
            {account.data.settings.suspended && (
              <Badge tone="bad" icon="pause">
                {words.suspended}
              </Badge>
            )}
          </p>
          <Name id={id} name={account.data.account.name} />
          <Settings settings={account.data.settings} />
        </>
      )}
    </Page>
  );
}

function Suspending({ settings }: { settings: AccountSettings }) {
  const { replaceSettings } = useAccountActions(settings.account_id);
  const { label, ...confirm } = settings.suspended ? words.release : words.suspend;
  return (
    <ActionButton
      label={label}
      confirm={confirm}
      {...(!settings.suspended && { tone: 'danger' as const })}
      run={() => replaceSettings({ ...settings, suspended: !settings.suspended })}
    />
  );
}

function Name({ id, name }: { id: string; name: string }) {
  const { rename } = useAccountActions(id);
  return (
    <SavedForm label={words.name} save={(form) => rename(textOf(form, 'name'))}>
      <label className="field account-name">
        <span className="visually-hidden">{words.name}</span>
        <input className="input" name="name" required maxLength={200} defaultValue={name} />
      </label>
    </SavedForm>
  );
}

function Settings({ settings }: { settings: AccountSettings }) {
  const { replaceSettings } = useAccountActions(settings.account_id);
  return (
    <SavedForm label={words.limits} save={(form) => replaceSettings(settingsOf(form, settings))}>
      <p className="field-hint">{words.defaults}</p>
      <div className="account-limits">
        {LIMITS.map((name) => (
          <label className="field" key={name}>
            <span>{words.fields[name]}</span>
            <input
              className="input account-number"
              name={name}
              type="number"
              min={0}
              step={1}
              placeholder={emptyOf(name)}
              defaultValue={settings[name] ?? ''}
            />
          </label>
        ))}
      </div>
      <label className="field">
        <span>{words.paused}</span>
        <textarea
          className="input mono"
          name="paused_endpoints"
          rows={3}
          spellCheck={false}
          defaultValue={settings.paused_endpoints.join('\n')}
        />
      </label>
    </SavedForm>
  );
}

/** Returns a description of the value that applies if the field is empty. */
function emptyOf(name: (typeof LIMITS)[number]): string {
  return name === 'rate_per_second' || name === 'burst' ? words.empty[name] : words.empty.other;
}

interface SavedFormProps {
  label: string;
  save: (form: FormData) => Promise<void>;
  children: ReactNode;
}

/** A form with a save button. Shows that the changes were saved, or why they were refused. */
function SavedForm({ label, save, children }: SavedFormProps) {
  const { state, problem, onSubmit, reset } = useFormSubmit(save);
  return (
    <form className="account-form section" aria-label={label} onChange={reset} onSubmit={onSubmit}>
      <h2>{label}</h2>
      {children}
      <Refusal text={problem} />
      <div className="page-actions">
        <button className="button button-primary" type="submit" disabled={state === 'busy'}>
          {state === 'busy' ? texts.actions.busy : words.save}
        </button>
        <span role="status">{state === 'done' && words.saved}</span>
      </div>
    </form>
  );
}
