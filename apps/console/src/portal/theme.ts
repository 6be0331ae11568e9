const COLOURS = [
  'bg',
  'surface',
  'raised',
  'line',
  'line-strong',
  'control-line',
  'text',
  'muted',
  'accent',
  'accent-text',
  'accent-soft',
  'ok',
  'ok-soft',
  'warn',
  'warn-soft',
  'bad',
  'bad-soft',
  'wait',
  'wait-soft',
] as const;

/** Permitted values, none of which can load a resource or refer to other values. */
const COLOUR =
  /^(?:#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|(?:rgb|hsl|oklch|oklab)\([\d\s.,%/deg-]{1,60}\))$/i;
const LENGTH = /^\d{1,2}(?:\.\d{1,2})?px$/;
const FONTS = /^[\w\s,'"-]{1,200}$/;

/** Variables of the design (design/tokens.css) that the embedding page may set, each with a pattern for its values. */
export const THEME_VARIABLES: Readonly<Record<string, RegExp>> = {
  ...Object.fromEntries(COLOURS.map((name) => [`--${name}`, COLOUR])),
  '--radius': LENGTH,
  '--sans': FONTS,
  '--mono': FONTS,
};

interface Theme {
  /** Variables to set, with their values. */
  variables: Readonly<Record<string, string>>;
  scheme: 'light' | 'dark' | null;
  /** Names of the variables that were left out, because they are unknown or their values are not permitted. */
  ignored: readonly string[];
}

const MAX_NAMES = 50;

/** Reads the theme in a message from the embedding page. Pure. */
export function readTheme(sent: unknown): Theme {
  const { variables, scheme } = isObject(sent) ? sent : {};
  const entries = Object.entries(isObject(variables) ? variables : {}).slice(0, MAX_NAMES);
  const isGood = ([name, value]: [string, unknown]): boolean =>
    Object.hasOwn(THEME_VARIABLES, name) &&
    typeof value === 'string' &&
    THEME_VARIABLES[name]?.test(value) === true;
  return {
    variables: Object.fromEntries(entries.filter(isGood)) as Record<string, string>,
    scheme: scheme === 'light' || scheme === 'dark' ? scheme : null,
    ignored: entries.filter((entry) => !isGood(entry)).map(([name]) => name.slice(0, 50)),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Applies a theme to the page. Variables that the theme leaves out get the values of the design again. */
export function applyPortalTheme({ variables, scheme }: Pick<Theme, 'variables' | 'scheme'>): void {
  const { style, dataset } = document.documentElement;
  for (const name of Object.keys(THEME_VARIABLES)) style.removeProperty(name);
  for (const [name, value] of Object.entries(variables)) style.setProperty(name, value);
  if (scheme) dataset['theme'] = scheme;
  else delete dataset['theme'];
}
