import { useLayoutEffect } from 'react';

const IN_FIELDS = new Set(['INPUT', 'TEXTAREA', 'SELECT']);

/** What a key does; `false` if it does nothing here, so that another part of the page may use it. */
type Action = () => unknown;

/** Calls the action of a key that is pressed outside of fields and without modifiers. */
export function useShortcuts(actions: Readonly<Record<string, Action>>): void {
  // Not `useEffect`, which runs after the page is shown: a key that is pressed in between would find the former actions.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target as HTMLElement;
      if (IN_FIELDS.has(target.tagName) || target.isContentEditable) return;
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
