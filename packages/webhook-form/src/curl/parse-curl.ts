import { type ContentKind, HTTP_METHODS, type HttpMethod } from '@hookline/shared/contracts/events';
import { PAYLOAD_KINDS } from '@hookline/template/payload-kinds';
import type { FormState, NamedRow } from '../model/form-state.ts';
import type { Translate } from '../texts/texts.ts';
import { type GivenOption, readOptions } from './curl-options.ts';
import { shellWords } from './shell-words.ts';

/** Maximum length of a command; a longer command is refused before it is read. */
const MAX_CURL_CHARS = 1_200_000;
/** Maximum number of notes about one command. */
const MAX_NOTES = 10;

/** Result of reading a cURL command: the fields that it sets (other fields are omitted), and notes for the user. */
interface CurlImport {
  fields: Partial<FormState> & Pick<FormState, 'url' | 'method' | 'headers'>;
  /** Sentences on what was left out or should be checked. */
  notes: readonly string[];
}

/** Reads a cURL command. @returns the fields and notes, or an error text if the command cannot be read or has no URL */
export function parseCurl(text: string, t: Translate): CurlImport | { error: string } {
  if (text.length > MAX_CURL_CHARS) return { error: t('curl.tooLong', { max: MAX_CURL_CHARS }) };
  const { words, isUnclosed, hasMore, expansions } = shellWords(text.trim().replace(/^\$\s+/, ''));
  if (isUnclosed) return { error: t('curl.unclosed') };
  const start = words.findIndex((word) => /(?:^|[/\\])curl(?:\.exe)?$/i.test(word));
  if (start < 0) return { error: t('curl.nothing') };
  const { options, urls } = readOptions(words.slice(start + 1));
  const reading = new CurlReading(t);
  for (const option of options) reading.take(option);
  for (const url of urls) reading.takeUrl(url);
  if (hasMore) reading.note(t('curl.second'));
  for (const expansion of new Set(expansions)) reading.note(t('curl.expansion', { text: expansion }));
  return reading.finish();
}

class CurlReading {
  readonly #t: Translate;
  readonly #notes: string[] = [];
  readonly #headers: NamedRow[] = [];
  readonly #data: string[] = [];
  #url = '';
  #method = '';
  #isJson = false;
  #isGet = false;
  #user: string | null = null;
  #bearer: string | null = null;
  readonly #choices: Partial<FormState> = {};

  constructor(t: Translate) {
    this.#t = t;
  }

  note(text: string): void {
    if (this.#notes.length < MAX_NOTES) this.#notes.push(text);
  }

  take({ text, option, value }: GivenOption): void {
    switch (option?.name) {
      case 'method':
        this.#method = value.toUpperCase();
        return;
      case 'header':
        return this.#takeHeader(value);
      case 'agent':
        return this.#setHeader('User-Agent', value);
      case 'referer':
        return this.#setHeader('Referer', value);
      case 'cookie':
        return value.includes('=')
          ? this.#setHeader('Cookie', value)
          : this.note(this.#t('curl.file', { option: text }));
      case 'json':
        this.#isJson = true;
        return this.#takeData(text, value);
      case 'data':
      case 'binary':
        return this.#takeData(text, value);
      case 'raw':
        this.#data.push(value);
        return;
      case 'urlencode':
        return this.#takeEncoded(text, value);
      case 'user':
        this.#user = value;
        return;
      case 'bearer':
        this.#bearer = value;
        return;
      case 'url':
        return this.takeUrl(value);
      case 'timeout':
        if (Number(value) > 0) this.#choices.timeout_seconds = String(Number(value));
        return;
      case 'form':
        return this.note(this.#t('curl.form', { option: text }));
      case 'get':
        this.#isGet = true;
        return;
      case 'head':
        this.#method ||= 'HEAD';
        return;
      case 'location':
        this.#choices.follow_redirects = true;
        return;
      case 'insecure':
        this.#choices.ssl_verify = false;
        return;
      case 'silent':
        return;
      case undefined:
        return this.note(this.#t('curl.ignored', { option: text }));
    }
  }

  takeUrl(url: string): void {
    if (this.#url === '') this.#url = url;
    else this.note(this.#t('curl.ignored', { option: url.slice(0, 200) }));
  }

  finish(): CurlImport | { error: string } {
    if (this.#url === '') return { error: this.#t('curl.nothing') };
    const body = this.#data.length === 0 ? null : this.#data.join(this.#isJson ? '' : '&');
    const isQuery = this.#isGet && body !== null;
    const url = this.#plainUrl(isQuery ? body : null);
    const method = this.#methodFor(body !== null && !isQuery);
    const payload = isQuery ? {} : this.#payload(body);
    const authentication = this.#authentication();
    const fields = { url, method, headers: this.#headers, ...payload, ...authentication, ...this.#choices };
    return { fields, notes: this.#notes };
  }

  /**
   * Reads a header: `Name: value`, `Name;` for a header without a value, or `Name:` to remove a header that curl
   * sends by default.
   */
  #takeHeader(text: string): void {
    const colon = text.indexOf(':');
    if (colon < 0) {
      if (text.endsWith(';')) this.#setHeader(text.slice(0, -1), '');
      else
        this.note(
          this.#t(text.startsWith('@') ? 'curl.file' : 'curl.ignored', {
            option: `-H ${text.slice(0, 200)}`,
          }),
        );
      return;
    }
    const value = text.slice(colon + 1).trim();
    if (value !== '') this.#setHeader(text.slice(0, colon).trim(), value);
  }

  #setHeader(name: string, value: string): void {
    this.#headers.push({ name, value });
  }

  /** Adds data, unless it is in a file (`-d @file`). */
  #takeData(option: string, value: string): void {
    if (value.startsWith('@'))
      this.note(this.#t('curl.file', { option: `${option} ${value.slice(0, 200)}` }));
    else this.#data.push(value);
  }

  /** URL-encodes data and adds it: `content`, `=content` or `name=content`, but not `@file` or `name@file`. */
  #takeEncoded(option: string, value: string): void {
    const equals = value.indexOf('=');
    if (equals < 0 && value.includes('@'))
      return this.note(this.#t('curl.file', { option: `${option} ${value.slice(0, 200)}` }));
    const encoded = encodeURIComponent(value.slice(equals + 1).toWellFormed());
    this.#data.push(equals > 0 ? `${value.slice(0, equals)}=${encoded}` : encoded);
    return undefined;
  }

  /**
   * Returns the URL without its user and password, which have the same meaning as `-u`. Like curl, adds http if the URL
   * has no scheme.
   */
  #plainUrl(query: string | null): string {
    const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(this.#url) ? this.#url : `http://${this.#url}`;
    const [, scheme = '', user, rest = ''] =
      /^([a-z][a-z0-9+.-]*:\/\/)(?:([^/?#@]*)@)?([^]*)$/i.exec(whole) ?? [];
    if (user !== undefined) this.#user ??= decoded(user);
    const url = scheme + rest;
    return query === null ? url : `${url}${url.includes('?') ? '&' : '?'}${query}`;
  }

  #methodFor(hasBody: boolean): HttpMethod {
    const wanted = this.#method || (hasBody ? 'POST' : 'GET');
    const known = HTTP_METHODS.find((method) => method === wanted);
    const used = known ?? (hasBody ? 'POST' : 'GET');
    if (!known) this.note(this.#t('curl.method', { method: wanted.slice(0, 40), used }));
    return used;
  }

  #payload(body: string | null): Partial<FormState> {
    if (body === null) return {};
    if (this.#isJson) this.#defaultHeaders();
    const at = this.#headers.findIndex(({ name }) => name.toLowerCase() === 'content-type');
    const type = this.#headers[at]?.value ?? FORM_TYPE;
    const kind = kindOfType(type, body);
    if (at < 0) this.note(this.#t('curl.contentType', { type: FORM_TYPE }));
    // The header is removed, because the content kind adds it again.
    if (at >= 0 && PAYLOAD_KINDS[kind].contentType === type.trim().toLowerCase()) this.#headers.splice(at, 1);
    else if (at < 0 && kind !== 'form') this.#setHeader('Content-Type', FORM_TYPE);
    return { payload_template: body, content_kind: kind };
  }

  /** Adds the two headers that `--json` sends unless the command sets them. */
  #defaultHeaders(): void {
    for (const name of ['Content-Type', 'Accept']) {
      const isGiven = this.#headers.some((header) => header.name.toLowerCase() === name.toLowerCase());
      if (!isGiven) this.#setHeader(name, 'application/json');
    }
  }

  /** Converts credentials to authentication fields, because these fields are stored sealed. */
  #authentication(): Partial<FormState> {
    const at = this.#headers.findIndex(({ name }) => name.toLowerCase() === 'authorization');
    const [, scheme = '', credentials = ''] = /^(\S+)\s+(\S+)$/.exec(this.#headers[at]?.value ?? '') ?? [];
    const isFromHeader = this.#user === null && this.#bearer === null;
    const user = this.#user ?? (scheme.toLowerCase() === 'basic' ? userOf(credentials) : null);
    const bearer = this.#bearer ?? (scheme.toLowerCase() === 'bearer' ? credentials : null);
    if (isFromHeader && (user !== null || bearer !== null)) this.#headers.splice(at, 1);
    if (bearer !== null) return { auth_type: 'bearer', auth_config: { token: bearer }, keepsSecret: false };
    if (user === null) return {};
    const colon = user.indexOf(':');
    const username = colon < 0 ? user : user.slice(0, colon);
    const password = colon < 0 ? '' : user.slice(colon + 1);
    return { auth_type: 'basic', auth_config: { username, password }, keepsSecret: false };
  }
}

const FORM_TYPE = 'application/x-www-form-urlencoded';

function kindOfType(type: string, body: string): Exclude<ContentKind, 'none'> {
  const [media = ''] = type.toLowerCase().split(';', 1);
  if (/[/+]json$/.test(media.trim())) return compiles('json', body) ? 'json' : 'text';
  if (media.trim() === FORM_TYPE) return isForm(body) ? 'form' : 'text';
  if (/[/+]xml$/.test(media.trim())) return compiles('xml', body) ? 'xml' : 'text';
  return media.trim() === 'text/html' && compiles('html', body) ? 'html' : 'text';
}

/** Returns whether a body is form data. JSON is not, although curl labels it as a form by default. */
function isForm(body: string): boolean {
  return !/^\s*[{[]/.test(body) && compiles('form', body);
}

function compiles(kind: Exclude<ContentKind, 'none'>, body: string): boolean {
  try {
    PAYLOAD_KINDS[kind].compile(body);
    return true;
  } catch {
    // The body is not of this kind, so it becomes plain text, which is sent unchanged.
    return false;
  }
}

function userOf(credentials: string): string | null {
  try {
    const bytes = Uint8Array.from(atob(credentials), (char) => char.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Not UTF-8 in base64, so the header is kept unchanged.
    return null;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A malformed escape is kept unchanged.
    return text;
  }
}
