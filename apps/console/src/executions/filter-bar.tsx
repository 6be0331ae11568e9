import { type RefObject, useState } from 'react';
import { textOf } from '../shell/form-text.ts';
import { fromLocalField, toLocalField } from '../time/local-field.ts';
import { texts } from '../texts.ts';
import { type ExecutionSearch, type FilterName, FILTERS } from './execution-search.ts';

type Filter = Pick<ExecutionSearch, FilterName>;

/** Fields that are shown even while they are empty. */
const ALWAYS: readonly FilterName[] = ['status', 'contact_id', 'action_id'];

const hasValue = (filter: Filter, name: FilterName): boolean => filter[name] !== undefined;

interface FilterBarProps {
  filter: Filter;
  firstField: RefObject<HTMLInputElement | HTMLSelectElement | null>;
  onApply: (filter: Filter) => void;
}

/** The filter of the list. Applying it changes the address, so going back undoes it. */
export function FilterBar({ filter, firstField, onApply }: FilterBarProps) {
  const [isWide, setWide] = useState(() =>
    FILTERS.some((name) => !ALWAYS.includes(name) && hasValue(filter, name)),
  );
  const shown = FILTERS.filter((name) => isWide || ALWAYS.includes(name));
  return (
    <form
      className="filter-bar"
      role="search"
      aria-label={texts.executions.search}
      onSubmit={(event) => {
        event.preventDefault();
        onApply(readForm(new FormData(event.currentTarget)));
      }}
    >
      {shown.map((name) =>
        name === 'status' ? (
          <label className="field" key={name}>
            <span>{texts.executions.filters.status}</span>
            <select
              className="input"
              name={name}
              defaultValue={filter.status ?? ''}
              ref={firstField as RefObject<HTMLSelectElement>}
              onChange={(event) => event.currentTarget.form?.requestSubmit()}
            >
              <option value="">{texts.executions.filters.any}</option>
              {Object.entries(texts.statuses).map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          </label>
        ) : (
          <label className="field" key={name}>
            <span>{texts.executions.filters[name]}</span>
            <input
              className="input"
              name={name}
              defaultValue={isTime(name) ? toLocalField(filter[name]) : filter[name]}
              type={isTime(name) ? 'datetime-local' : 'search'}
              step={isTime(name) ? 1 : undefined}
            />
          </label>
        ),
      )}
      <div className="filter-bar-actions">
        <button className="button button-primary" type="submit">
          {texts.executions.filters.apply}
        </button>
        {!isWide && (
          <button className="button button-quiet" type="button" onClick={() => setWide(true)}>
            {texts.executions.filters.add}
          </button>
        )}
        {Object.keys(filter).length > 0 && (
          <button className="button button-quiet" type="button" onClick={() => onApply({})}>
            {texts.executions.clear}
          </button>
        )}
      </div>
    </form>
  );
}

const isTime = (name: FilterName): boolean => name === 'from' || name === 'to';

function readForm(form: FormData): Filter {
  return Object.fromEntries(
    FILTERS.flatMap((name) => {
      const text = textOf(form, name);
      const value = isTime(name) ? fromLocalField(text) : text;
      return value ? [[name, value]] : [];
    }),
  );
}
