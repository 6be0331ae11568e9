import type { ReceiverAnswer } from '@hookline/testkit/receiver-script';
import type { ReceivedRequest } from '@hookline/testkit/receiver-script';

/**
 * Responses that repeat the received credential everywhere, in every encoding that debug pages, frameworks and gateways
 * use. The first segment of the path selects the behaviour.
 */
export const ECHO_BEHAVIOURS = {
  ok: (echo) => http('200 OK', echo.headers, echo.json),
  /** Fails twice, so that the execution waits in the delay lanes. */
  flaky: (echo) =>
    echo.attempt < 3
      ? http('500 Internal Server Error', echo.headers, echo.text)
      : http('200 OK', echo.headers, echo.json),
  denied: (echo) => http('401 Unauthorized', echo.headers, echo.text),
  redirect: (echo) => http('302 Found', [...echo.headers, ...echo.locations], echo.text),
  /**
   * Larger than both the part that history keeps and the part that Hookline reads, and so full of the credential that
   * its redacted text is short.
   */
  large: (echo) => http('200 OK', echo.headers, `${echo.secret} `.repeat(30_000)),
  /**
   * Longer than the part that history keeps, and filled with the credential, so that the cut falls within or next to
   * it.
   */
  longish: (echo) => http('200 OK', echo.headers, `${echo.text}${`${echo.secret};`.repeat(1_500)}`),
  malformed: (echo) => ({
    raw: Buffer.from(`HTTP/1.1 200 OK\r\n${echo.secret}\r\n: ${echo.secret}\r\n\r\n`),
  }),
  cut: (echo) => ({ raw: Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n${echo.text}`) }),
  reset: () => 'reset',
  silent: () => 'hang',
} satisfies Record<string, (echo: Echo) => ReceiverAnswer>;

export type EchoBehaviour = keyof typeof ECHO_BEHAVIOURS;

interface Echo {
  secret: string;
  /** Number of the attempt, from 1. */
  attempt: number;
  headers: string[];
  locations: string[];
  json: string;
  text: string;
}

/** Creates the response to a request whose credential contains this secret. */
export function echoAnswer(request: ReceivedRequest, secret: string): ReceiverAnswer {
  const behaviour = request.path.split('/')[1] as EchoBehaviour;
  return ECHO_BEHAVIOURS[behaviour](echoOf(request, secret));
}

function echoOf(request: ReceivedRequest, secret: string): Echo {
  const lines = request.rawHeaders.map(([name, value]) => `${name}: ${value}`).join('\n');
  const percent = encodeURIComponent(secret);
  const forms = {
    plain: secret,
    lines,
    percent,
    lowerPercent: percent.toLowerCase(),
    form: new URLSearchParams({ secret }).toString(),
    base64: Buffer.from(secret).toString('base64'),
    base64url: Buffer.from(secret).toString('base64url'),
    base64Lines: Buffer.from(lines).toString('base64'),
    base64Pair: Buffer.from(`token=${secret}`).toString('base64'),
    base64Mime: Buffer.from(lines).toString('base64').replace(/.{76}/g, '$&\r\n'),
    base64Request: Buffer.from(JSON.stringify({ headers: Object.fromEntries(request.rawHeaders) })).toString(
      'base64',
    ),
    hexadecimal: Buffer.from(secret).toString('hex'),
    hexadecimalColons: Buffer.from(secret)
      .toString('hex')
      .replace(/..(?=.)/g, '$&:'),
    markdown: secret.replace(/[!-/:-@[-`{-~]/g, String.raw`\$&`),
    buffer: JSON.stringify(Buffer.from(secret)),
    upperHexadecimal: Buffer.from(secret).toString('hex').toUpperCase(),
    latin1: Buffer.from(secret).toString('latin1'),
    html: escaped(secret, /[&<>"']/g, (code) => `&#${code};`),
    htmlHexadecimal: escaped(secret, /[^A-Za-z0-9]/gu, (code) => `&#x${code.toString(16)};`),
    named: secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'),
  };
  const json = JSON.stringify({
    ...forms,
    inner: JSON.stringify(forms),
    list: [secret, { [secret]: secret }],
  });
  const slashed = json.replaceAll('/', String.raw`\/`);
  const ascii = escaped(slashed, /[^\0-\x7f]/g, (code) => unicodeEscape(code));
  const allEscaped = escaped(secret, /[^A-Za-z0-9]/g, (code) => unicodeEscape(code, 'upper'));
  return {
    secret,
    attempt: Number(request.header('webhook-attempt')),
    headers: [
      `X-Echo: ${secret}`,
      `X-Echo-Encoded: ${percent} ${forms.base64} ${forms.hexadecimal}`,
      `Set-Cookie: session=${percent}`,
      `WWW-Authenticate: Basic realm="${percent}"`,
      ...(/^[\w-]+$/.test(secret) ? [`X-${secret}: 1`] : []),
    ],
    locations: [
      `Location: https://apiuser:${percent}@other.example.com/${percent}/${secret}?token=${percent}#${percent}`,
    ],
    json: ascii,
    text: [json, slashed, ascii, allEscaped, ...Object.values(forms)].join('\n'),
  };
}

function escaped(text: string, pattern: RegExp, escape: (code: number) => string): string {
  return text.replace(pattern, (char) => escape(char.codePointAt(0) ?? 0));
}

function unicodeEscape(code: number, letters: 'lower' | 'upper' = 'lower'): string {
  const digits = code.toString(16).padStart(4, '0');
  return `\\u${letters === 'upper' ? digits.toUpperCase() : digits}`;
}

/** Creates a raw response whose header values are UTF-8 bytes, as many servers send them. */
function http(status: string, headers: string[], body: string): ReceiverAnswer {
  const bytes = Buffer.from(body);
  const head = [`HTTP/1.1 ${status}`, ...headers, `Content-Length: ${bytes.length}`, 'Connection: close'];
  return { raw: Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes]) };
}
