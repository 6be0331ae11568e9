import { authDestinations } from '@hookline/webhook-call/authentication/check-settings';
import { carriesCredential } from '@hookline/webhook-call/header-names';
import { fieldsIn } from '@hookline/template/field-text';
import type { Translate } from '../texts/texts.ts';
import { callableOf } from './callable-input.ts';
import type { FormState } from './form-state.ts';

/** Roots of merge fields that every context has according to R-014. */
const CONTEXT_ROOTS: readonly string[] = ['contact', 'workflow', 'execution', 'account'];
const MAX_SHOWN_FIELDS = 10;

/** Lists warnings about settings that are accepted but risky or without effect. */
export function warningsOf(state: FormState, t: Translate): readonly string[] {
  const { url, headers, auth } = callableOf(state);
  return [
    ...(/^http:/i.test(url) ? [t('warning.http')] : []),
    ...authDestinations(auth)
      .filter((destination) => destination.url?.secure === false)
      .map(({ field }) => t('warning.setting', { name: field })),
    ...(state.ssl_verify ? [] : [t('warning.ssl_verify')]),
    ...Object.keys(headers)
      .filter(carriesCredential)
      .map((name) => t('warning.header', { name })),
    ...unknownRoots(state, t),
    ...(state.enabled ? [] : [t('warning.disabled')]),
  ];
}

function unknownRoots(state: FormState, t: Translate): string[] {
  const sent = state.method === 'GET' || state.content_kind === 'none' ? '' : state.payload_template;
  const templates = [state.url, sent, ...state.headers.map(({ value }) => value)];
  const names = templates
    .flatMap((template) => fieldsIn(template))
    .filter(({ path }) => !CONTEXT_ROOTS.includes(path[0] ?? ''))
    .map(({ name }) => `{{${name}}}`);
  const unknown = [...new Set(names)];
  if (unknown.length === 0) return [];
  return [t('warning.roots', { fields: unknown.slice(0, MAX_SHOWN_FIELDS).join(', ') })];
}
