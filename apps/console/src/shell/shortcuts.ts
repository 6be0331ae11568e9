import { useLayoutEffect } from 'react';

/**
 * Elements that handle letter keys themselves: text fields and lists of choices, but not checkboxes and radio buttons.
 */
const TAKES_LETTERS = 'input:not([type=checkbox], [type=radio]), textarea, select';

/** Action of a key. Returns `false` if the key has no effect here, so that another part of the page may handle it. */
type Action = () => unknown;

/** Runs the action of a key that is pressed outside of fields, without Ctrl, Meta or Alt, while no dialog is open. */
export function useShortcuts(actions: Readonly<Record<string, Action>>): void {
  // Not `useEffect`, which runs after the page is painted: a key pressed before that would run an outdated action.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target as HTMLElement;
      if (target.matches(TAKES_LETTERS) || target.isContentEditable) return;
      // Enter activates the focused link or button.
      if (event.key === 'Enter' && target.closest('a, button, summary')) return;
      if (document.querySelector('[role="dialog"]')) return;
      const action = actions[event.key];
      if (action && action() !== false) event.preventDefault();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  });
}
