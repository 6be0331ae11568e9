import { join } from 'node:path';
import { defineConfig, mergeConfig, type Plugin } from 'vite';
import base from '../../../apps/console/vite.config.ts';

const PSEUDO = join(import.meta.dirname, 'pseudo-text.ts');
/** Catalogues of the console and of the form in it, each with the name of its export. */
const CATALOGUES = new Map([
  ['/apps/console/src/texts.ts', 'texts'],
  ['/packages/webhook-form/src/texts/texts.ts', 'TEXTS'],
]);

/** The console in the pseudo-locale; in its pictures, texts that are too long or not in the catalogue stand out. */
const pseudoLocale: Plugin = {
  name: 'pseudo-locale',
  enforce: 'pre',
  transform(code, id) {
    const [, name] = [...CATALOGUES].find(([path]) => id.endsWith(path)) ?? [];
    if (name === undefined) return null;
    const plain = code.replace(`export const ${name}`, 'const plain');
    return `import { pseudoTexts } from ${JSON.stringify(PSEUDO)};\n${plain}\nexport const ${name} = pseudoTexts(plain);\n`;
  },
};

export default mergeConfig(base, defineConfig({ plugins: [pseudoLocale] }));
