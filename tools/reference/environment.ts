import { type Settings, settingsIn } from '@hookline/shared/runtime/config';
import type { Setting } from '@hookline/shared/runtime/setting';
import { configApiSettings } from '@hookline/config-api/config';
import { dispatcherSettings } from '@hookline/dispatcher/config';
import { logIngestorSettings } from '@hookline/log-ingestor/config';
import { retrySchedulerSettings } from '@hookline/retry-scheduler/config';
import { code, markdownPage, prose, table } from '../markdown.ts';

/** The settings that each service reads at start, as its own `config.ts` declares them. */
const SERVICES: Readonly<Record<string, Settings>> = {
  'config-api': configApiSettings,
  dispatcher: dispatcherSettings,
  'log-ingestor': logIngestorSettings,
  'retry-scheduler': retrySchedulerSettings,
};

interface Variable {
  setting: Setting<unknown>;
  readBy: string[];
}

/** docs/reference/environment.md: every variable of every service. */
export function renderEnvironment(): Promise<string> {
  const groups = Map.groupBy(variables(), ({ readBy }) => readBy.join(', '));
  const sections = [...groups].flatMap(([readBy, members]) => [
    `## ${members[0]?.readBy.length === Object.keys(SERVICES).length ? 'All services' : readBy}`,
    table(['Variable', 'Default', 'Values', 'Meaning'], members.map(row)),
  ]);
  return markdownPage([
    '# Environment variables',
    'Written by `npm run reference` from the `config.ts` of each service; a test compares.',
    'A service checks all its variables at start. If any of them is missing or malformed, it lists all problems at once ' +
      'and exits. The value of a secret never appears in a log or an error message; passwords inside URLs are masked ' +
      'too. For TLS, logins and access rights of the stores see [managed stores](../operations/managed-stores.md).',
    'A secret may also come from a file: instead of `X`, set `X_FILE` to the path of a file whose content, without blanks ' +
      'around it, is the value.',
    ...sections,
  ]);
}

function variables(): Variable[] {
  const byName = new Map<string, Variable>();
  for (const [service, settings] of Object.entries(SERVICES)) {
    for (const { setting } of settingsIn(settings)) {
      const known = byName.get(setting.variable);
      if (known) known.readBy.push(service);
      else byName.set(setting.variable, { setting, readBy: [service] });
    }
  }
  return [...byName.values()].sort((a, b) => b.readBy.length - a.readBy.length);
}

function row({ setting }: Variable): string[] {
  const { variable, description, values, secret } = setting;
  const mark = secret ? ' **Secret.**' : '';
  return [code(variable), shownDefault(setting), prose(values), prose(`${description}.`) + mark];
}

function shownDefault({ default: value }: Setting<unknown>): string {
  if (value === undefined) return '_required_';
  if (value === '' || (Array.isArray(value) && value.length === 0)) return '_empty_';
  return code(typeof value === 'string' ? value : JSON.stringify(value));
}
