import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const KINDS = ['ip', 'url', 'dns', 'redirect', 'header', 'response', 'env'] as const;
export type Kind = (typeof KINDS)[number];
export type CaseVerdict = 'accept' | 'reject';

/** One row of `ssrf-cases.json`. */
export interface SsrfCase {
  id: string;
  kind: Kind;
  input: string;
  expect: CaseVerdict;
  why: string;
  /** Whether the author of the cases chose the expectation; an ADR may then overrule it. */
  policy?: boolean;
  /** For `dns`: addresses that the name server returns, and their TTL in seconds. */
  resolves?: string[];
  ttl?: number;
  /** For `redirect`: the URL that is called and the status of its response; `input` is the Location. */
  base?: string;
  status?: number;
  /** For `header`: name and value as a definition configures them. */
  name?: string;
  value?: string;
}

/** Decides a case with the real guard, resolver and caller. */
export type Judge = (ssrfCase: SsrfCase) => CaseVerdict | Promise<CaseVerdict>;

export function readSsrfCases(): SsrfCase[] {
  const file = join(import.meta.dirname, '../ssrf-cases.json');
  return JSON.parse(readFileSync(file, 'utf8')) as SsrfCase[];
}

/** @throws Error for a case without a field that its kind needs */
export function fieldOf<F extends keyof SsrfCase>(ssrfCase: SsrfCase, field: F): NonNullable<SsrfCase[F]> {
  const value = ssrfCase[field];
  if (value === undefined) throw new Error(`${ssrfCase.id} has no ${field}`);
  return value;
}
