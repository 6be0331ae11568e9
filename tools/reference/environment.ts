import { COMMON_SECRETS, commonConfig } from '@hookline/shared/runtime/common-config';
import { type ConfigSpecs, valuesOf } from '@hookline/shared/runtime/config';
import { configApiConfig, SECRETS as CONFIG_API_SECRETS } from '@hookline/config-api/config';
import { dispatcherConfig, SECRETS as DISPATCHER_SECRETS } from '@hookline/dispatcher/config';
import { logIngestorConfig, SECRETS as LOG_INGESTOR_SECRETS } from '@hookline/log-ingestor/config';
import { code, markdownPage, prose, table } from '../markdown.ts';

type Spec = ConfigSpecs[string];

/** Variables that each service reads at start, as specified in its `config.ts`. */
const SERVICES: Readonly<Record<string, ConfigSpecs>> = {
  'config-api': configApiConfig,
  dispatcher: dispatcherConfig,
  'log-ingestor': logIngestorConfig,
  'retry-scheduler': commonConfig,
};

const SECRETS = new Set([
  ...COMMON_SECRETS,
  ...CONFIG_API_SECRETS,
  ...DISPATCHER_SECRETS,
  ...LOG_INGESTOR_SECRETS,
]);

interface Variable {
  name: string;
  spec: Spec;
  readBy: string[];
}

/** Renders docs/reference/environment.md: every variable of every service. */
export function renderEnvironment(): Promise<string> {
  const groups = Map.groupBy(variables(), ({ readBy }) => readBy.join(', '));
  const sections = [...groups].flatMap(([readBy, members]) => [
    `## ${members[0]?.readBy.length === Object.keys(SERVICES).length ? 'All services' : readBy}`,
    table(['Variable', 'Default', 'Values', 'Meaning'], members.map(row)),
  ]);
  return markdownPage([
    '# Environment variables',
    'Written by `npm run reference` from the `config.ts` of each service; a test compares.',
    'A service checks all its variables at startup. If any of them is missing or malformed, it lists all problems at once ' +
      'and exits. The value of a secret never appears in a log or an error message; passwords inside URLs are masked ' +
      'too. For TLS, authentication and access rights of the stores see [managed stores](../operations/managed-stores.md).',
    ...sections,
  ]);
}

function variables(): Variable[] {
  const byName = new Map<string, Variable>();
  for (const [service, specs] of Object.entries(SERVICES)) {
    for (const [name, spec] of Object.entries(specs)) {
      const known = byName.get(name);
      if (known) known.readBy.push(service);
      else byName.set(name, { name, spec, readBy: [service] });
    }
  }
  return [...byName.values()].sort((a, b) => b.readBy.length - a.readBy.length);
}

function row({ name, spec }: Variable): string[] {
  const secret = SECRETS.has(name) ? ' **Secret.**' : '';
  return [code(name), shownDefault(spec), prose(shownValues(spec)), prose(`${spec.desc ?? ''}.`) + secret];
}

function shownDefault({ default: value }: Spec): string {
  if (value === undefined) return '_required_';
  if (value === '' || (Array.isArray(value) && value.length === 0)) return '_empty_';
  return code(typeof value === 'string' ? value : JSON.stringify(value));
}

function shownValues(spec: Spec): string {
  const values = valuesOf(spec);
  if (values !== undefined) return values;
  if (typeof spec.default === 'boolean') return 'true, false';
  return Array.isArray(spec.default) ? 'list' : 'text';
}
