import { join } from 'node:path';
import { defineConfig, mergeConfig, type Plugin } from 'vite';
import base from '../../../apps/console/vite.config.ts';

const PSEUDO = join(import.meta.dirname, 'pseudo-text.ts');

/** The console in the pseudo-locale, for pictures in which texts that are too long, or not in the catalogue, stand out. */
const pseudoLocale: Plugin = {
  name: 'pseudo-locale',
  enforce: 'pre',
  transform(code, id) {
    if (!id.endsWith('/apps/console/src/texts.ts')) return null;
    const plain = code.replace('export const texts =', 'const plain =');
    return `import { pseudoTexts } from ${JSON.stringify(PSEUDO)};\n${plain}\nexport const texts = pseudoTexts(plain);\n`;
  },
};

export default mergeConfig(base, defineConfig({ plugins: [pseudoLocale] }));
