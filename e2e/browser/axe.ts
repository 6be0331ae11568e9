import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const SOURCE = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResult {
  violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
}

/** Returns axe's serious and critical violations on a page, with one entry for each element. */
export async function seriousProblems(page: Page): Promise<string[]> {
  await page.evaluate(await SOURCE);
  return problemsFound(page, 'axe.run()');
}

/** Returns the elements whose contrast is too low, on a page into which `seriousProblems` has loaded axe. */
export function contrastProblems(page: Page): Promise<string[]> {
  return problemsFound(page, "axe.run({ runOnly: ['color-contrast'] })");
}

async function problemsFound(page: Page, run: string): Promise<string[]> {
  const { violations } = await page.evaluate<AxeResult>(run);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 300)}: ${failureSummary}`),
    );
}
