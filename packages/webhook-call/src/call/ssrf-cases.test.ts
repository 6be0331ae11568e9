import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { selfSignedCertificate } from '@hookline/testkit/certificate';
import { judgeDns, judgeIp, judgeUrl } from '../testing/ssrf/judge-destination.ts';
import { createEnvJudge } from '../testing/ssrf/judge-env.ts';
import { judgeHeader } from '../testing/ssrf/judge-header.ts';
import { createRedirectJudge } from '../testing/ssrf/judge-redirect.ts';
import { createResponseJudge } from '../testing/ssrf/judge-response.ts';
import { type Judge, type Kind, KINDS, readSsrfCases } from '../testing/ssrf/ssrf-case.ts';

const DAY_MS = 24 * 3_600_000;
/** Timeout of a case, long enough for the case that makes ten thousand calls. */
const PATIENCE_MS = 300_000;
const ADR = join(import.meta.dirname, '../../../../docs/adr/0010-one-request-straight-to-the-endpoint.md');

const valid = selfSignedCertificate({ names: ['127.0.0.1', 'hooks.example.com'] });
const expired = selfSignedCertificate({
  notBefore: Date.now() - 2 * DAY_MS,
  notAfter: Date.now() - DAY_MS,
});

const JUDGES: Record<Kind, Judge> = {
  ip: judgeIp,
  url: judgeUrl,
  dns: judgeDns,
  redirect: createRedirectJudge(valid),
  header: judgeHeader,
  response: createResponseJudge({ valid, expired }),
  env: createEnvJudge(valid),
};

const cases = readSsrfCases();
/** Ids of the cases that our policy decides differently from the file: the first column of the table in ADR 10. */
const disagreements = [...readFileSync(ADR, 'utf8').matchAll(/^\| ([a-z]+-[0-9]+) /gm)].map(
  ([, id = '']) => id,
);
const decisions: { kind: Kind; asExpected: boolean }[] = [];

describe('the cases of ssrf-cases.json', () => {
  afterAll(() => void process.stdout.write(resultTable()));

  for (const ssrfCase of cases) {
    const { id, kind, input, expect: expected, why } = ssrfCase;
    const isDisagreed = disagreements.includes(id);
    const expectation = `${expected}s${isDisagreed ? ' (ADR 10 decides otherwise)' : ''}`;
    it(
      `${id} ${expectation} ${JSON.stringify(input.slice(0, 80))}: ${why.slice(0, 120)}`,
      async () => {
        const verdict = await JUDGES[kind](ssrfCase);
        decisions.push({ kind, asExpected: verdict === expected });
        expect(verdict === expected).toBe(!isDisagreed);
      },
      PATIENCE_MS,
    );
  }

  it('are decided differently from what the file expects only if it marks them as a matter of policy', () => {
    const choices = cases.filter(({ policy }) => policy).map(({ id }) => id);
    expect(choices).toEqual(expect.arrayContaining(disagreements));
  });
});

function resultTable(): string {
  const rows = KINDS.map((kind) =>
    rowOf(
      kind,
      decisions.filter((one) => one.kind === kind),
    ),
  );
  const head = `${'kind'.padEnd(10)}${'cases'.padStart(6)}${'as expected'.padStart(13)}${'ADR 10'.padStart(8)}`;
  return `\n${[head, ...rows, rowOf('all', decisions)].join('\n')}\n\n`;
}

function rowOf(name: string, results: readonly { asExpected: boolean }[]): string {
  const asExpected = results.filter((result) => result.asExpected).length;
  const figures = `${results.length}`.padStart(6) + `${asExpected}`.padStart(13);
  return `${name.padEnd(10)}${figures}${`${results.length - asExpected}`.padStart(8)}`;
}
