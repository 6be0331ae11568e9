import { useRef } from 'react';
import { textOf } from '../shell/form-text.ts';
import { useShortcuts } from '../shell/shortcuts.ts';
import { texts } from '../texts.ts';

interface WorkflowChooserProps {
  workflow?: string | undefined;
  onChoose: (workflow: string) => void;
}

/** Form for entering the id of a workflow; the API has no list of workflows to choose from. */
export function WorkflowChooser({ workflow, onChoose }: WorkflowChooserProps) {
  const field = useRef<HTMLInputElement>(null);
  useShortcuts({ '/': () => field.current?.focus() });
  return (
    <form
      className="list-filter"
      role="search"
      key={workflow}
      onSubmit={(event) => {
        event.preventDefault();
        const chosen = textOf(new FormData(event.currentTarget), 'workflow');
        if (chosen !== '') onChoose(chosen);
      }}
    >
      <label className="field">
        <span>{texts.webhooks.workflow}</span>
        <input className="input mono" name="workflow" defaultValue={workflow} required ref={field} />
      </label>
      <div>
        <button className="button button-primary" type="submit">
          {texts.webhooks.show}
        </button>
      </div>
    </form>
  );
}
