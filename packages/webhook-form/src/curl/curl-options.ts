/**
 * Effect of a curl option on the form. Options that are not listed are reported, and are assumed to have no value.
 */
type CurlOption =
  | {
      name: 'method' | 'header' | 'data' | 'raw' | 'binary' | 'urlencode' | 'json' | 'user' | 'url';
      hasValue: true;
    }
  | { name: 'agent' | 'referer' | 'cookie' | 'bearer' | 'timeout' | 'form'; hasValue: true }
  | { name: 'get' | 'head' | 'location' | 'insecure'; hasValue: false }
  /** An option that has no effect on Hookline's requests. */
  | { name: 'silent'; hasValue: boolean };

const value = <const Name extends string>(name: Name) => ({ name, hasValue: true }) as const;
const flag = <const Name extends string>(name: Name) => ({ name, hasValue: false }) as const;
const silentValue = { name: 'silent', hasValue: true } as const;

const BY_NAME: Readonly<Record<string, CurlOption>> = {
  '--request': value('method'),
  '--header': value('header'),
  '--data': value('data'),
  '--data-ascii': value('data'),
  '--data-raw': value('raw'),
  '--data-binary': value('binary'),
  '--data-urlencode': value('urlencode'),
  '--json': value('json'),
  '--user': value('user'),
  '--url': value('url'),
  '--user-agent': value('agent'),
  '--referer': value('referer'),
  '--cookie': value('cookie'),
  '--oauth2-bearer': value('bearer'),
  '--max-time': value('timeout'),
  '--form': value('form'),
  '--form-string': value('form'),
  '--get': flag('get'),
  '--head': flag('head'),
  '--location': flag('location'),
  '--insecure': flag('insecure'),
  ...Object.fromEntries(
    [
      'compressed',
      'silent',
      'show-error',
      'fail',
      'fail-with-body',
      'verbose',
      'include',
      'globoff',
      'http1.1',
      'http2',
      'no-progress-meter',
      'progress-bar',
      'no-buffer',
      'no-keepalive',
      'ipv4',
      'ipv6',
      'basic',
      'path-as-is',
      'remote-name',
    ].map((name) => [`--${name}`, flag('silent')]),
  ),
  ...Object.fromEntries(
    [
      'output',
      'write-out',
      'retry',
      'retry-delay',
      'retry-max-time',
      'dump-header',
      'trace-ascii',
      'limit-rate',
    ].map((name) => [`--${name}`, silentValue]),
  ),
};

const LONG_NAMES: Readonly<Record<string, string>> = {
  X: '--request',
  H: '--header',
  d: '--data',
  u: '--user',
  A: '--user-agent',
  e: '--referer',
  b: '--cookie',
  m: '--max-time',
  F: '--form',
  G: '--get',
  I: '--head',
  L: '--location',
  k: '--insecure',
  s: '--silent',
  S: '--show-error',
  f: '--fail',
  v: '--verbose',
  i: '--include',
  g: '--globoff',
  N: '--no-buffer',
  O: '--remote-name',
  '#': '--progress-bar',
  '4': '--ipv4',
  '6': '--ipv6',
  o: '--output',
  w: '--write-out',
  D: '--dump-header',
};

/** An option in a command, with its value. */
export interface GivenOption {
  /** The option as written in the command. */
  text: string;
  /** Undefined if the option is unknown. */
  option: CurlOption | undefined;
  value: string;
}

/** Separates the options of a command from its URLs. */
export function readOptions(words: readonly string[]): { options: GivenOption[]; urls: string[] } {
  const options: GivenOption[] = [];
  const urls: string[] = [];
  let isOver = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (isOver || !word.startsWith('-') || word === '-') urls.push(word);
    else if (word === '--') isOver = true;
    else if (word.startsWith('--')) {
      const option = BY_NAME[word];
      options.push({ text: word, option, value: option?.hasValue ? (words[++at] ?? '') : '' });
    } else at = readShort(words, at, options);
  }
  return { options, urls };
}

/** Reads short options; `-sSXPOST` means `-s -S -X POST`. Returns the position of the last word that was read. */
function readShort(words: readonly string[], at: number, options: GivenOption[]): number {
  const letters = words[at] ?? '';
  for (let index = 1; index < letters.length; index++) {
    const letter = letters[index] ?? '';
    const option = BY_NAME[LONG_NAMES[letter] ?? ''];
    if (!option?.hasValue) {
      options.push({ text: `-${letter}`, option, value: '' });
      continue;
    }
    const rest = letters.slice(index + 1);
    options.push({ text: `-${letter}`, option, value: rest === '' ? (words[at + 1] ?? '') : rest });
    return rest === '' ? at + 1 : at;
  }
  return at;
}
