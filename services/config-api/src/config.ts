import { LIMITS } from '@hookline/shared/contracts/limits';
import { commonSettings } from '@hookline/shared/runtime/common-settings';
import { type ConfigOf, type Environment, readSettings, withRules } from '@hookline/shared/runtime/config';
import { databaseSettings } from '@hookline/shared/runtime/database-settings';
import { lookupSettings } from '@hookline/shared/executions/lookup-settings';
import { redisSettings } from '@hookline/shared/runtime/redis-settings';
import { isPublished } from '@hookline/shared/runtime/local-use';
import { readNetwork, tooWide } from '@hookline/shared/runtime/networks';
import {
  checked,
  count,
  list,
  localOnly,
  nonEmptyText,
  port,
  secret,
  text,
} from '@hookline/shared/runtime/setting';
import { callSettings } from '@hookline/webhook-call/call-config';
import { consoleRule, consoleUrl, oidcSettings, portalOrigins } from './console/oidc/console-settings.ts';

/** Every setting of the service. */
export const configApiSettings = {
  ...commonSettings,
  ...callSettings,
  http: {
    ...commonSettings.http,
    operationsPort: port('HOOKLINE_OPERATIONS_PORT', {
      default: 0,
      description:
        'Port for health and metrics, separate from that of the API; keep it inside your network; 0 selects a free port',
    }),
    trustedProxies: localOnly(
      checked(
        list('HOOKLINE_TRUSTED_PROXIES', {
          default: [],
          description:
            'Proxies in front of the API, whose X-Forwarded-For names the client: address or CIDR, comma-separated',
        }),
        checkNetworks,
      ),
      tooWide,
    ),
  },
  database: databaseSettings,
  redis: redisSettings,
  lookUp: lookupSettings,
  /**
   * Default quotas of accounts (ADR 19, ADR 27). They are far above typical usage: the largest known engines run
   * several hundred workflows with a few webhook steps of 2 KiB each.
   */
  quotas: {
    maxActions: count('HOOKLINE_ACCOUNT_MAX_ACTIONS', LIMITS.maxActions, {
      default: 10_000,
      description: 'Webhook actions that an account may have',
    }),
    maxDefinitionBytes: count('HOOKLINE_ACCOUNT_MAX_DEFINITION_BYTES', LIMITS.maxDefinitionBytes, {
      default: 67_108_864,
      description: 'Bytes that all definitions of an account may have together',
    }),
    maxApiKeys: count('HOOKLINE_ACCOUNT_MAX_API_KEYS', LIMITS.maxApiKeys, {
      default: 100,
      description: 'API keys that an account may have',
    }),
    apiRequestsPerSecond: count('HOOKLINE_ACCOUNT_API_REQUESTS_PER_SECOND', LIMITS.apiRequestsPerSecond, {
      default: 200,
      description:
        'Requests per second of an account to each instance of this API, except requests for executions; one key may make half of them',
    }),
    definitionChangesPerSecond: count(
      'HOOKLINE_ACCOUNT_DEFINITION_CHANGES_PER_SECOND',
      LIMITS.definitionChangesPerSecond,
      {
        default: 20,
        description: 'Webhook actions that an account may create or replace per second in each instance',
      },
    ),
    executionsPerSecond: count('HOOKLINE_ACCOUNT_EXECUTIONS_PER_SECOND', LIMITS.executionsPerSecond, {
      default: 500,
      description: 'Executions per second that an account may request from each instance of this API',
    }),
  },
  cancellations: {
    maxCommands: count('HOOKLINE_ACCOUNT_MAX_CANCELLATIONS', LIMITS.maxCancellations, {
      default: 200_000,
      description:
        'Maximum number of cancellations that an account may send within 21 days, of at most 1 KiB on average; each dispatcher remembers all of them',
    }),
  },
  console: withRules(
    {
      dir: text('HOOKLINE_CONSOLE_DIR', {
        default: '',
        description: 'Folder with the build of the console; empty for the build in this release',
      }),
      environment: checked(
        text('HOOKLINE_CONSOLE_ENVIRONMENT', {
          default: '',
          description:
            'Name of this deployment in the console, to tell test from production; a colour may follow after a comma: `staging,#b45309`',
        }),
        checkEnvironment,
      ),
      url: consoleUrl,
      oidc: oidcSettings,
      portalOrigins,
    },
    consoleRule,
  ),
  audit: {
    retentionDays: count('HOOKLINE_AUDIT_DAYS', LIMITS.auditDays, {
      default: 365,
      description: 'Days for which entries of the audit log are kept',
    }),
  },
  admin: {
    key: localOnly(
      secret(
        nonEmptyText('HOOKLINE_ADMIN_KEY', {
          description:
            'Admin key, which creates accounts and their API keys; generate one with openssl rand -base64 32',
        }),
      ),
      weakAdminKey,
    ),
  },
};

/** @throws Error unless the text is a short name, optionally followed by a colour */
function checkEnvironment(text: string): void {
  if (/^[^,]{0,30}(?:, *#[0-9a-fA-F]{6})?$/.test(text)) return;
  throw new Error(
    'must be a name of at most 30 characters; a colour may follow after a comma, such as #b45309',
  );
}

/** @throws Error that names the first entry that is neither an address nor a network */
function checkNetworks(text: string): void {
  const unreadable = text.split(',').find((entry) => entry.trim() !== '' && !readNetwork(entry.trim()));
  if (unreadable !== undefined) {
    throw new Error(
      `must list addresses or address/prefix; cannot read ${JSON.stringify(unreadable.trim())}`,
    );
  }
}

/** Long enough to resist guessing at 20 attempts a minute per address. The key gives access to the whole deployment. */
const MIN_ADMIN_KEY_LENGTH = 32;

function weakAdminKey(key: string): string | null {
  if (isPublished(key)) return 'must not be the key that docker-compose.yml publishes';
  return key.length < MIN_ADMIN_KEY_LENGTH ? `must have at least ${MIN_ADMIN_KEY_LENGTH} characters` : null;
}

export type Config = ConfigOf<typeof configApiSettings>;

/** @throws ConfigError that lists every invalid setting */
export function readConfig(env?: Environment): Config {
  return readSettings(configApiSettings, env);
}
