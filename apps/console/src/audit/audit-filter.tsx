import { useRef } from 'react';
import { useShortcuts } from '../shell/shortcuts.ts';
import { texts } from '../texts.ts';
import { fromLocalField, toLocalField } from '../time/local-field.ts';
import { ACTORS, AUDIT_TEXTS, type AuditSearch, readAuditSearch } from './audit-search.ts';

const { filter: words } = texts.audit;
const isTime = (name: string): boolean => name === 'from' || name === 'to';

interface AuditFilterProps {
  search: AuditSearch;
  onApply: (search: AuditSearch) => void;
}

/** The filter of the audit log. Times are in the zone of the reader; the address has them in UTC. */
export function AuditFilter({ search, onApply }: AuditFilterProps) {
  const first = useRef<HTMLInputElement>(null);
  useShortcuts({ '/': () => first.current?.focus() });
  return (
    <form
      className="list-filter"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        const times = { from: fromLocalField(form.get('from')), to: fromLocalField(form.get('to')) };
        onApply(readAuditSearch({ ...Object.fromEntries(form), ...times }));
      }}
    >
      {AUDIT_TEXTS.map((name, index) => (
        <label className="field" key={name}>
          <span>{words[name]}</span>
          <input
            className="input"
            name={name}
            type={isTime(name) ? 'datetime-local' : 'search'}
            step={isTime(name) ? 1 : undefined}
            defaultValue={isTime(name) ? toLocalField(search[name]) : search[name]}
            ref={index === 0 ? first : null}
          />
        </label>
      ))}
      <label className="field">
        <span>{words.actor}</span>
        <select className="input" name="actor" defaultValue={search.actor ?? ''}>
          <option value="">{words.any}</option>
          {ACTORS.map((actor) => (
            <option key={actor} value={actor}>
              {texts.audit.actors[actor]}
            </option>
          ))}
        </select>
      </label>
      <div>
        <button className="button button-primary" type="submit">
          {texts.lists.apply}
        </button>
      </div>
    </form>
  );
}
