import { texts } from '../texts.ts';
import { FilterForm, type FilterProps } from './filter-form.tsx';
import './lists.css';

/** The filter above a list. */
export function ListFilter(props: FilterProps) {
  return (
    <FilterForm className="list-filter" {...props}>
      <div>
        <button className="button button-primary" type="submit">
          {texts.lists.apply}
        </button>
      </div>
    </FilterForm>
  );
}
