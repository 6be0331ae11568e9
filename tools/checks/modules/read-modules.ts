import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** A source file of this repository, with its imports and exports. Paths are relative to the root. */
export interface Module {
  path: string;
  /** Text of the file without comments, except those that follow code on a line. */
  code: string;
  /** Names that the file declares and exports, except a default export, which is always referred to by file path. */
  exports: string[];
  imports: Import[];
}

interface Import {
  specifier: string;
  /** Files of this repository that are imported, one for each condition of the export map; none for a library. */
  targets: string[];
  /** Imported names; `*` for all names of the file. */
  names: string[];
  /** Whether the import is removed when types are stripped. */
  isType: boolean;
}

/** A workspace, as its `package.json` describes it. */
export interface Workspace {
  dir: string;
  name: string;
  /** Entry of the export map (`./caller`) → source files by condition. */
  entries: Map<string, string[]>;
}

const ROOT = join(import.meta.dirname, '../../..');
const WORKSPACES = '{packages/*,services/*,apps/*,examples/*,tools,bench,e2e}';
const exclude = (path: string): boolean => /(?:^|\/)(?:node_modules|dist|out)$/.test(path);

const COMMENT = /^\s*(?:\/\*[^]*?\*\/|\/\/.*$)/gm;
const FROM = /^(?:import|export)\s+(type\s+)?([^'"`;=()]*?)\s*from\s*'([^']+)'/gm;
const SIDE_EFFECT = /^import\s*'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'\s*\)/g;
const DECLARATION =
  /^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\*?|class|const|let|interface|type|enum)\s+([\w$]+)/gm;
const LIST = /^export\s+(?:type\s+)?\{([^}]*)\};/gm;

export function readWorkspaces(): Workspace[] {
  return globSync(`${WORKSPACES}/package.json`, { cwd: ROOT, exclude }).map((file) => {
    const { name, exports = {} } = JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as {
      name: string;
      exports?: Record<string, string | Record<string, string>>;
    };
    const dir = dirname(file);
    const source = (target: string): string =>
      join(dir, target.replace('./dist/', './src/').replace(/\.js$/, '.ts'));
    const entries = Object.entries(exports).map(([entry, targets]): [string, string[]] => {
      const all = typeof targets === 'string' ? [targets] : Object.values(targets);
      return [entry, [...new Set(all.map(source))]];
    });
    return { dir, name, entries: new Map(entries) };
  });
}

export function readModules(workspaces: readonly Workspace[]): Map<string, Module> {
  const paths = globSync(`${WORKSPACES}/**/*.{ts,tsx,mts,mjs,cjs}`, { cwd: ROOT, exclude }).sort();
  const exist = new Set(paths);
  const targetsOf = (from: string, specifier: string): string[] => {
    if (specifier.startsWith('.')) return [normalize(join(dirname(from), specifier))];
    const workspace = workspaces.find(({ name }) => `${specifier}/`.startsWith(`${name}/`));
    return workspace?.entries.get(`.${specifier.slice(workspace.name.length)}`) ?? [];
  };
  return new Map(
    paths.map((path) => {
      const code = readFileSync(join(ROOT, path), 'utf8').replace(COMMENT, '');
      const imports = importsOf(code).map((one) => ({
        ...one,
        targets: targetsOf(path, one.specifier).filter((target) => exist.has(target)),
      }));
      return [path, { path, code, exports: exportsOf(code), imports }];
    }),
  );
}

function importsOf(code: string): Omit<Import, 'targets'>[] {
  const found = [...code.matchAll(FROM)].map(([, type, clause = '', specifier = '']) => ({
    specifier,
    names: namesOf(clause),
    isType: type !== undefined,
  }));
  const whole = [...code.matchAll(SIDE_EFFECT), ...code.matchAll(DYNAMIC)];
  return [
    ...found,
    ...whole.map(([text, specifier = '']) => ({
      specifier,
      names: text.includes('(') ? ['*'] : [],
      isType: false,
    })),
  ];
}

/**
 * Returns the named imports of an import clause (`{ type A, b as c }`, `* as ns` or `d`); none for a default import.
 */
function namesOf(clause: string): string[] {
  if (clause.includes('*')) return ['*'];
  const [, list = ''] = /\{([^}]*)\}/.exec(clause) ?? [];
  return listed(list, 0);
}

function exportsOf(code: string): string[] {
  const declared = [...code.matchAll(DECLARATION)].map(([, name = '']) => name);
  return [...declared, ...[...code.matchAll(LIST)].flatMap(([, list = '']) => listed(list, -1))];
}

/** Returns the names in a list in braces: those before `as`, or those after it if `side` is -1. */
function listed(list: string, side: 0 | -1): string[] {
  return list
    .split(',')
    .map((item) => item.trim().replace(/^type\s+/, ''))
    .filter((item) => item !== '')
    .map((item) => item.split(/\s+as\s+/).at(side) ?? item);
}
