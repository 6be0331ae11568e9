import { parseStatuses, StatusSet } from '@hookline/webhook-call/outcome/status-rules';
import type { Translate } from '../texts/texts.ts';
import type { FormState } from './form-state.ts';

/**
 * Describes which statuses count as success and which cause a retry. If a list cannot be parsed, the default is
 * described.
 */
export function statusSentences({ success_on, retry_on, retry_enabled }: FormState, t: Translate): string[] {
  const success = listed(success_on, t);
  const retry = listed(retry_on, t);
  return [
    success === null
      ? t('status.success.default', { default: t('status.defaultSuccess') })
      : t('status.success.chosen', { chosen: success }),
    ...(retry_enabled
      ? [
          retry === null
            ? t('status.retry.default', { default: t('status.defaultRetry') })
            : t('status.retry.chosen', { chosen: retry }),
        ]
      : []),
    t('status.rest'),
  ];
}

function listed(text: string, t: Translate): string | null {
  if (!(parseStatuses(text) instanceof StatusSet)) return null;
  const parts = text
    .replace(/\s*-\s*/g, '-')
    .split(/[\s,;]+/)
    .filter((part) => part !== '')
    .map((part) => inWords(part, t));
  const last = parts.pop() ?? '';
  return parts.length === 0 ? last : t('status.list', { head: parts.join(', '), last });
}

function inWords(part: string, t: Translate): string {
  if (/xx$/i.test(part)) return t('status.class', { class: part.toLowerCase() });
  const [first = '', last] = part.split('-');
  return last === undefined ? first : t('status.range', { first, last });
}
