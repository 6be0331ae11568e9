import { prepareRequest } from '../prepare-request.ts';
import { startRawServer } from '../raw-server.ts';
import { compileSample } from '../sample-definition.ts';
import { LOOPBACK, startCaller } from '../test-caller.ts';
import { fieldOf, type Judge, type SsrfCase } from './ssrf-case.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';

/**
 * Decides cases of kind `header`: a definition configures `name` with `value`. A case is accepted if exactly that line
 * arrives. The value is also sent through a merge field, as if it came from a contact instead of the definition; there
 * it may be refused or changed, but must not add a line.
 */
export const judgeHeader: Judge = async (ssrfCase) => {
  const [name, value] = [fieldOf(ssrfCase, 'name'), fieldOf(ssrfCase, 'value')];
  const baseLines = (await linesSent('x-plain', '1', '')).map(nameOf);
  const expectedNames = baseLines.map((line) => (line === 'x-plain' ? name.toLowerCase() : line)).sort();

  const merged = await linesSent(name, '{{contact.value}}', value);
  if (merged.length > 0) assertNames(ssrfCase, merged, expectedNames);

  const sent = await linesSent(name, value, '');
  if (sent.length === 0) return 'reject';
  assertNames(ssrfCase, sent, expectedNames);
  return sent.includes(`${name}: ${value}`) ? 'accept' : 'reject';
};

/** Returns the header lines that a real call sent; empty if no request was built. */
async function linesSent(name: string, template: string, value: string): Promise<string[]> {
  await using server = await startRawServer((socket) => void socket.write(OK));
  await using caller = await startCaller();
  const compiled = compileSample({ url: server.url, headers: { [name]: template } }, LOOPBACK);
  const request = prepareRequest(compiled, {
    context: { contact: { value } },
    executionId: 'e-1',
    attempt: 1,
    authentication: null,
    signing: null,
  });
  if (request.kind === 'refused') return [];
  const result = await caller.call(request);
  if (result.kind === 'failed') throw new Error(`the call failed: ${result.detail}`);
  return server.requests.flatMap(({ headers }) => headers);
}

function assertNames({ id }: SsrfCase, lines: readonly string[], expected: readonly string[]): void {
  const names = [...new Set(lines.map(nameOf))].sort();
  if (names.join() !== [...new Set(expected)].join())
    throw new Error(`${id}: a header is missing or was added; sent: ${lines.join(' | ')}`);
}

function nameOf(line: string): string {
  return line.slice(0, line.indexOf(':')).toLowerCase();
}
