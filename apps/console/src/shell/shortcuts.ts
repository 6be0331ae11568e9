import { useLayoutEffect } from 'react';

/** Elements that use letters themselves: fields for text, and lists of choices. A checkbox or a radio button does not. */
const TAKES_LETTERS = 'input:not([type=checkbox], [type=radio]), textarea, select';

/** What a key does; `false` if it does nothing here, so that another part of the page may use it. */
type Action = () => unknown;

/** Calls the action of a key that is pressed outside of fields and without modifiers. */
export function useShortcuts(actions: Readonly<Record<string, Action>>): void {
  // Not `useEffect`, which runs after the page is shown: a key that is pressed in between would find the former actions.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target as HTMLElement;
      if (target.matches(TAKES_LETTERS) || target.isContentEditable) return;
      // Enter belongs to the link or button in focus.
      if (event.key === 'Enter' && target.closest('a, button, summary')) return;
      if (document.querySelector('[role="dialog"]')) return;
      const action = actions[event.key];
      if (action && action() !== false) event.preventDefault();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  });
}
