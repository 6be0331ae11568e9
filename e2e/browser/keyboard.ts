import type { Locator, Page } from 'playwright-core';

/** Maximum number of key presses, above the number of focusable elements on any page of these stories. */
const MAX_STOPS = 150;
/** Maximum time until a page has moved the focus away from a removed element, which it does in the next frame. */
const FOCUS_MOVES_WITHIN_MS = 2_000;

/**
 * Presses the key until the target has the focus; the target may be within shadow roots.
 * @throws Error if the key does not reach the target
 */
export async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await target.waitFor();
  for (let stop = 0; stop < MAX_STOPS; stop += 1) {
    if (await target.evaluate(isFocused)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${MAX_STOPS} presses of ${key} do not reach ${String(target)}`);
}

function isFocused(element: Element): boolean {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active === element;
}

interface Press {
  /** The key that is pressed on the control. */
  key?: 'Enter' | 'Space';
  /** The key that moves the focus to the control. */
  by?: 'Tab' | 'Shift+Tab';
}

/** Presses a control with the keyboard, as a person without a pointing device does. */
export async function press(
  page: Page,
  target: Locator,
  { key = 'Enter', by = 'Tab' }: Press = {},
): Promise<void> {
  await tabTo(page, target, by);
  await page.keyboard.press(key);
}

/** Replaces the content of a field. */
export async function enter(page: Page, target: Locator, text: string): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText(text);
}

/**
 * Waits until an element other than the body has the focus, so that the next key does what a user expects; resolves
 * with false if none gets it in time.
 */
export async function hasFocus(page: Page): Promise<boolean> {
  const found = page.waitForFunction(
    () => document.activeElement !== null && document.activeElement !== document.body,
    undefined,
    { timeout: FOCUS_MOVES_WITHIN_MS },
  );
  return found.then(
    () => true,
    () => false,
  );
}
