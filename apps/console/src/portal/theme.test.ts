import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readTheme, THEME_VARIABLES } from './theme.ts';

const tokens = readFileSync(join(import.meta.dirname, '../design/tokens.css'), 'utf8');

describe('the theme of the portal', () => {
  it('accepts colours, lengths and fonts', () => {
    const variables = {
      '--accent': '#0a7d4f',
      '--bg': 'rgb(255 255 255 / 90%)',
      '--text': 'oklch(0.2 0.02 250)',
      '--radius': '2px',
      '--sans': "'Inter', sans-serif",
    };
    expect(readTheme({ variables, scheme: 'dark' })).toEqual({ variables, scheme: 'dark', ignored: [] });
  });

  it.each([
    ['--accent', 'url(https://evil.example/x)'],
    ['--accent', 'var(--bg)'],
    ['--accent', 'red; background: url(x)'],
    ['--bg', '#12345'],
    ['--bg', 7],
    ['--radius', '100vw'],
    ['--sans', 'url(x)'],
    ['--row', '1px'],
    ['--unknown', '#fff'],
    ['__proto__x', '#fff'],
    ['constructor', '#fff'],
  ])('leaves out %s: %s, and reports its name', (name, value) => {
    const { variables, ignored } = readTheme({ variables: { [name]: value } });
    expect([variables, ignored]).toEqual([{}, [name]]);
  });

  it.each([undefined, null, 'dark', [], { variables: 'x', scheme: 'sepia' }])('is empty for %j', (sent) => {
    expect(readTheme(sent)).toEqual({ variables: {}, scheme: null, ignored: [] });
  });

  it('has only variables that the design defines', () => {
    for (const name of Object.keys(THEME_VARIABLES)) expect(tokens).toContain(`${name}:`);
  });
});
