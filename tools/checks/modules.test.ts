import { dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { circles } from './modules/circles.ts';
import { type Module, readModules, readWorkspaces } from './modules/read-modules.ts';

/** Checks how packages, files and names depend on each other (ADR 24). */
const workspaces = readWorkspaces();
const modules = readModules(workspaces);
const all = [...modules.values()];

const SOURCE = /^(?:packages|services|apps|examples)\/[^/]+\/src\//;
const isOfApp = ({ path }: Module): boolean => path.startsWith('apps/');
const isTest = ({ path }: Module): boolean => path.endsWith('.test.ts');
/** Whether a module exists for tests, so that an import by a test counts as its use. */
const isForTests = ({ path }: Module): boolean =>
  path.startsWith('packages/testkit/') || path.includes('/testing/');
const production = all.filter((module) => SOURCE.test(module.path) && !isTest(module) && !isForTests(module));

/** Names that two files may export, each with the reason. */
const SHARED_NAMES: Readonly<Record<string, string>> = {
  compose: 'every process has its own',
  Config: 'every process has its own',
  readConfig: 'every process has its own',
  SECRETS: 'every process has its own',
  faultPoint: 'builds contain an empty function in place of the real function',
  Session: 'what the console shows, and who is signed in there',
};

function workspaceOf(path: string): (typeof workspaces)[number] | undefined {
  return workspaces.find(({ dir }) => path.startsWith(`${dir}/`));
}

/** Modules that import a name, by `<file> <name>`; the name `*` stands for all names of the file. */
const importers = Map.groupBy(
  all.flatMap((module) =>
    module.imports.flatMap(({ targets, names }) =>
      targets.flatMap((target) => names.map((name) => ({ module, key: `${target} ${name}` }))),
    ),
  ),
  ({ key }) => key,
);

function importersOf({ path }: Module, name: string): Module[] {
  return [name, '*'].flatMap((one) => importers.get(`${path} ${one}`) ?? []).map(({ module }) => module);
}

/** Whether a name is used outside tests. A name that only tests import must at least be used in its own file. */
function isUsed(module: Module, name: string): boolean {
  const by = importersOf(module, name);
  if (by.some((importer) => isForTests(module) || !isTest(importer))) return true;
  return by.length > 0 && module.code.split(new RegExp(`(?<![\\w$])${name}(?![\\w$])`)).length > 2;
}

function graphOf(members: readonly Module[], nodeOf: (path: string) => string): Map<string, Set<string>> {
  const known = new Set(members.map(({ path }) => path));
  const graph = new Map<string, Set<string>>();
  for (const { path, imports } of members) {
    const node = nodeOf(path);
    const targets = imports.flatMap((one) => one.targets).filter((target) => known.has(target));
    const others = targets.map(nodeOf).filter((target) => target !== node);
    graph.set(node, new Set([...(graph.get(node) ?? []), ...others]));
  }
  return graph;
}

describe('export maps', () => {
  it('are read', () => {
    expect(workspaces.length).toBeGreaterThan(10);
    expect(all.length).toBeGreaterThan(700);
  });

  it('list only entries that another workspace imports', () => {
    const imported = new Map<string, Set<string>>();
    for (const { path, imports } of all) {
      for (const { specifier } of imports) {
        imported.set(specifier, (imported.get(specifier) ?? new Set()).add(workspaceOf(path)?.name ?? ''));
      }
    }
    const unused = workspaces.flatMap(({ name, entries }) =>
      [...entries.keys()]
        .map((entry) => name + entry.slice(1))
        .filter((specifier) => [...(imported.get(specifier) ?? [])].every((importer) => importer === name)),
    );
    expect(unused).toEqual([]);
  });

  it('list every entry that another workspace imports, and only files that exist', () => {
    const missing = all.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier, targets }) => specifier.startsWith('@hookline/') && targets.length === 0)
        .map(({ specifier }) => `${path}: ${specifier}`),
    );
    const lost = workspaces
      .flatMap(({ entries }) => [...entries.values()].flat())
      .filter((file) => !modules.has(file));
    expect([...missing, ...lost]).toEqual([]);
  });
});

describe('names', () => {
  it('are exported only if another file imports them', () => {
    const checked = all.filter((module) => SOURCE.test(module.path) && !isTest(module));
    const unused = checked.flatMap((module) =>
      module.exports.filter((name) => !isUsed(module, name)).map((name) => `${module.path}: ${name}`),
    );
    expect(unused).toEqual([]);
  });

  it.each([
    ['services and packages', (module: Module) => !isOfApp(module)],
    // Apps name their components independently: a component `Page` is unrelated to a page of a list.
    ['apps', isOfApp],
  ])('are exported by one file each, in %s', (_, isMember) => {
    const files = Map.groupBy(
      production
        .filter(isMember)
        .flatMap(({ path, exports }) => [...new Set(exports)].map((name) => ({ name, path }))),
      ({ name }) => name,
    );
    const twice = [...files].filter(([name, places]) => places.length > 1 && !(name in SHARED_NAMES));
    expect(twice.map(([name, places]) => `${name}: ${places.map(({ path }) => path).join(', ')}`)).toEqual(
      [],
    );
  });
});

describe('imports, including those of types', () => {
  it('form no cycle between packages', () => {
    const nameOf = (path: string): string => workspaceOf(path)?.name ?? path;
    expect(circles(graphOf(production, nameOf))).toEqual([]);
  });

  it('form no cycle between files', () => {
    expect(circles(graphOf(all, (path) => path))).toEqual([]);
  });

  it('form no cycle between the folders of a package', () => {
    // A file directly in `src` or `tools` counts as a folder of its own.
    const isOnTop = (path: string): boolean => /^(?:.*\/src|tools)\/[^/]+$/.test(path);
    // Omits `e2e` and `bench`, because they contain programs, not packages, and code that their folders share is in the
    // folder above.
    const members = all.filter(
      (module) => !isTest(module) && !isForTests(module) && !/^(?:e2e|bench)\//.test(module.path),
    );
    expect(circles(graphOf(members, (path) => (isOnTop(path) ? path : dirname(path))))).toEqual([]);
  });
});

/** Returns the given files and all that they load by direct or indirect imports. */
function loadedBy(start: readonly Module[]): Set<string> {
  const seen = new Set<string>();
  const follow = (path: string): void => {
    const module = modules.get(path);
    if (!module || seen.has(path)) return;
    seen.add(path);
    for (const { targets, isType } of module.imports) if (!isType) targets.forEach(follow);
  };
  for (const { path } of start) follow(path);
  return seen;
}

const GLOBALS_OF_NODE = /(?<![\w$.'])(?:Buffer|process|global|require|setImmediate|__dirname)(?![\w$'])/g;

describe('the webhook form', () => {
  it('works without Node, except for authenticating a call, which a page never does', () => {
    const entry = modules.get('packages/webhook-form/src/hookline-webhook-form.ts');
    const seen = loadedBy(entry ? [entry] : []);
    expect(seen).toContain('packages/webhook-call/src/request/compile-request.ts');
    expect(seen).toContain('packages/webhook-form/src/editor/payload-editor.ts');
    const ofNode = [...seen].flatMap((path) => {
      const { code = '', imports = [] } = modules.get(path) ?? {};
      const libraries = imports.filter(({ isType, specifier }) => !isType && specifier.startsWith('node:'));
      const found = [...libraries.map(({ specifier }) => specifier), ...(code.match(GLOBALS_OF_NODE) ?? [])];
      return found.map((what) => `${path}: ${what}`);
    });
    // The type `Buffer` in events, and the word “require” in descriptions, are not uses of Node.
    const uses = ofNode.filter((use) => !/events\.ts: Buffer$|: require$/.test(use));
    expect(uses).toEqual([
      'packages/shared/src/contracts/authentication/basic.ts: Buffer',
      'packages/shared/src/contracts/authentication/oauth2.ts: Buffer',
    ]);
  });
});

describe('templates', () => {
  it('are compiled and rendered without Node, so that they work in a browser', () => {
    const seen = loadedBy(
      all.filter(({ path }) => path.startsWith('packages/template/src/') && !path.endsWith('.test.ts')),
    );
    expect(seen).toContain('packages/destination-guard/src/destination-url.ts');
    const ofNode = [...seen].flatMap((path) => {
      const { code = '', imports = [] } = modules.get(path) ?? {};
      const libraries = imports.filter(({ isType, targets }) => !isType && targets.length === 0);
      const globals = code.match(GLOBALS_OF_NODE) ?? [];
      return [...libraries.map(({ specifier }) => specifier), ...globals].map((what) => `${path}: ${what}`);
    });
    expect(ofNode).toEqual([]);
  });
});
