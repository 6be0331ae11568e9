import { type ReactNode, type RefObject, useLayoutEffect, useRef } from 'react';
import { textOf } from '../shell/form-text.ts';
import { useShortcuts } from '../shell/shortcuts.ts';
import { useLatest } from '../shell/use-latest.ts';
import { texts } from '../texts.ts';
import { fromLocalField, toLocalField } from '../time/local-field.ts';

/** A field of a filter: text, an id, a time in the reader's time zone, or one of several choices. */
export interface FilterField {
  name: string;
  label: string;
  kind?: 'text' | 'id' | 'time';
  /** Values with their names; choosing a value applies the filter immediately. */
  choices?: Readonly<Record<string, string>>;
}

export interface FilterProps {
  /** The current filter as in the address, with times in UTC. */
  search: Readonly<Partial<Record<string, string>>>;
  fields: readonly FilterField[];
  /** Called with the values of all fields that are not empty. */
  onApply: (search: Record<string, string>) => void;
}

interface FilterFormProps extends FilterProps {
  className: string;
  label?: string;
  /** Buttons of the form. */
  children: ReactNode;
}

/** Form of a filter. The key `/` moves the focus to its first field. */
export function FilterForm({ className, label, search, fields, onApply, children }: FilterFormProps) {
  const form = useRef<HTMLFormElement>(null);
  useShownFilter(form, search, fields);
  useShortcuts({ '/': () => form.current?.querySelector<HTMLElement>('input, select')?.focus() });
  return (
    <form
      className={className}
      role="search"
      aria-label={label}
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        onApply(valuesOf(new FormData(event.currentTarget), fields));
      }}
    >
      {fields.map((field) => (
        <label className={field.kind === 'time' ? 'field field-time' : 'field'} key={field.name}>
          <span>{field.label}</span>
          <Control field={field} value={search[field.name]} />
        </label>
      ))}
      {children}
    </form>
  );
}

/**
 * Shows the current filter in the fields whenever a link, the back button or the form itself changes it. Does not
 * render the fields again, because the field that was just changed would lose the focus.
 */
function useShownFilter(
  form: RefObject<HTMLFormElement | null>,
  search: FilterProps['search'],
  fields: readonly FilterField[],
): void {
  const latestFields = useLatest(fields);
  const searchText = JSON.stringify(search);
  useLayoutEffect(() => {
    const shown = JSON.parse(searchText) as FilterProps['search'];
    for (const { name, kind } of latestFields.current) {
      const control = form.current?.elements.namedItem(name);
      if (!(control instanceof HTMLInputElement || control instanceof HTMLSelectElement)) continue;
      const value = written(kind, shown[name]);
      if (control.value === value) continue;
      control.value = value;
      // The address may name a choice that does not exist.
      if (control instanceof HTMLSelectElement && control.selectedIndex < 0) control.value = '';
    }
  }, [form, searchText, latestFields]);
}

/** Converts a value in the address to the value of its field. */
function written(kind: FilterField['kind'], value: string | undefined): string {
  return kind === 'time' ? toLocalField(value) : (value ?? '');
}

function Control({ field, value }: { field: FilterField; value: string | undefined }) {
  const { name, kind = 'text', choices } = field;
  if (choices) {
    return (
      <select
        className="input"
        name={name}
        defaultValue={value ?? ''}
        onChange={(event) => event.currentTarget.form?.requestSubmit()}
      >
        <option value="">{texts.lists.any}</option>
        {Object.entries(choices).map(([choice, label]) => (
          <option key={choice} value={choice}>
            {label}
          </option>
        ))}
      </select>
    );
  }
  if (kind === 'time') {
    return (
      <input
        className="input"
        name={name}
        type="datetime-local"
        step={1}
        defaultValue={written(kind, value)}
      />
    );
  }
  return (
    <input
      className={`input ${kind === 'id' ? 'mono' : ''}`}
      name={name}
      type="search"
      defaultValue={value}
    />
  );
}

function valuesOf(form: FormData, fields: readonly FilterField[]): Record<string, string> {
  return Object.fromEntries(
    fields.flatMap(({ name, kind }) => {
      const value = kind === 'time' ? fromLocalField(form.get(name)) : textOf(form, name);
      return value ? [[name, value]] : [];
    }),
  );
}
