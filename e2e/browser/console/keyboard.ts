import type { Locator, Page } from 'playwright-core';

const MAX_PRESSES = 60;

/** Presses the key until an element has the focus. @throws Error if the key does not reach it */
export async function tabTo(page: Page, wanted: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const focused = wanted.and(page.locator(':focus'));
  for (let presses = 0; presses < MAX_PRESSES; presses += 1) {
    if ((await focused.count()) > 0) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${MAX_PRESSES} presses of ${key} do not reach ${String(wanted)}`);
}

/** Whether an element other than the body has the focus, so that the next key does what a user expects. */
export function hasFocus(page: Page): Promise<boolean> {
  return page.evaluate(() => document.activeElement !== null && document.activeElement !== document.body);
}
