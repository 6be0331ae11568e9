import type { Locator, Page } from 'playwright-core';

/** More than the number of focusable elements on any page of these stories. */
const MAX_STOPS = 150;

/** Presses Tab until the focus is on an element, also within shadow roots. @throws Error if it cannot be reached */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let stop = 0; stop < MAX_STOPS; stop += 1) {
    if (await target.evaluate(isFocused)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${MAX_STOPS} presses of Tab do not reach ${String(target)}`);
}

function isFocused(element: Element): boolean {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active === element;
}

/** Presses a control with the keyboard, as a person without a pointing device does. */
export async function press(page: Page, target: Locator, key = 'Enter'): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press(key);
}

/** Replaces the content of a field. */
export async function enter(page: Page, target: Locator, text: string): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(text);
}
