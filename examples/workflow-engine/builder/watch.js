import { ask } from './requests.js';

const EVERY_MS = 400;

/**
 * Reads a run until it has ended.
 * @param {string} runId
 * @param {(view: object) => void} onView called with the run after each read
 * @param {AbortSignal} signal ends the watch
 */
export async function watchRun(runId, onView, signal) {
  while (!signal.aborted) {
    const view = await ask('GET', `/builder/runs/${runId}`);
    if (signal.aborted) return;
    onView(view);
    if (view.status !== 'running' && view.status !== 'cancelling') return;
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
