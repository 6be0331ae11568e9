/**
 * Reads a metric of a running service, summed over its labels; 0 if it has no sample yet.
 * @throws Error if the service does not respond
 */
export async function readMetric(url: string, name: string): Promise<number> {
  return sumOf(await readMetrics(url), name);
}

/**
 * Reads all metrics of a running service, in the text format of Prometheus.
 * @throws Error if the service does not respond
 */
export async function readMetrics(url: string): Promise<string> {
  const answer = await fetch(`${url}/metrics`);
  return answer.text();
}

/** Sums the samples of a metric in the text format of Prometheus. Pure. */
export function sumOf(text: string, name: string): number {
  const samples = text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? ([0-9.e+-]+)$`, 'gm'));
  return [...samples].reduce((sum, [, value]) => sum + Number(value), 0);
}
