import { useState } from 'react';
import { type FilterField, FilterForm } from '../lists/filter-form.tsx';
import { texts } from '../texts.ts';
import { type ExecutionSearch, type FilterName, FILTERS } from './execution-search.ts';

type Filter = Pick<ExecutionSearch, FilterName>;

/** Fields that are shown even if they are empty. */
const ALWAYS: readonly string[] = ['status', 'contact_id', 'action_id'] satisfies FilterName[];
const FIELDS: readonly FilterField[] = FILTERS.map((name) => ({
  name,
  label: texts.executions.filters[name],
  ...((name === 'from' || name === 'to') && { kind: 'time' }),
  ...(name === 'status' && { choices: texts.statuses }),
}));

interface FilterBarProps {
  filter: Filter;
  onApply: (filter: Filter) => void;
}

/** The filter of the list. Applying it changes the address, so going back restores the previous filter. */
export function FilterBar({ filter, onApply }: FilterBarProps) {
  const [isOpened, setOpened] = useState(false);
  const isWide = isOpened || Object.keys(filter).some((name) => !ALWAYS.includes(name));
  return (
    <FilterForm
      className="filter-bar"
      label={texts.executions.search}
      search={filter}
      fields={FIELDS.filter(({ name }) => isWide || ALWAYS.includes(name))}
      onApply={onApply}
    >
      <div className="filter-bar-actions">
        <button className="button button-primary" type="submit">
          {texts.lists.apply}
        </button>
        {!isWide && (
          <button className="button button-quiet" type="button" onClick={() => setOpened(true)}>
            {texts.executions.filters.add}
          </button>
        )}
        {Object.keys(filter).length > 0 && (
          <button className="button button-quiet" type="button" onClick={() => onApply({})}>
            {texts.executions.clear}
          </button>
        )}
      </div>
    </FilterForm>
  );
}
