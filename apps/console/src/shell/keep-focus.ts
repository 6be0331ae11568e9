import { useEffect } from 'react';

/** Moves the focus to the content of the page. */
export function focusContent(): void {
  document.getElementById('content')?.focus({ preventScroll: true });
}

/**
 * Moves the focus to the content of the page when the focused element is removed, for example a row after an update, a
 * closed dialog, or a button whose action is done. Otherwise the next Tab would start at the top of the document.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    let last: EventTarget | null = null;
    const remember = (event: FocusEvent): void => void (last = event.target);
    const check = (): void => {
      if (!(last instanceof Element) || last.isConnected || document.activeElement !== document.body) return;
      last = null;
      focusContent();
    };
    // Checked in the next frame, because a dialog that closes returns the focus itself.
    const observer = new MutationObserver(() => requestAnimationFrame(check));
    document.addEventListener('focusin', remember);
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      document.removeEventListener('focusin', remember);
      observer.disconnect();
    };
  }, []);
}
