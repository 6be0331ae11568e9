import type { RunRow } from './execution-row.ts';

/**
 * Joins two rows of the same run. Their order matters only if two records contradict each other (a second outcome, a
 * repeated attempt): then `known`, the earlier row, wins. Joining a row with itself changes nothing, so records may be
 * read again. The database joins stored rows with those of a batch by the same rules (`pg-execution-statement.ts`).
 */
export function joinRows(known: RunRow, news: RunRow): RunRow {
  const result = newsLead(known, news) ? news : known;
  return {
    ...known,
    ...latestWait(known, news, result),
    workflowExecutionId: known.workflowExecutionId ?? news.workflowExecutionId,
    stepId: known.stepId ?? news.stepId,
    context: known.context ?? news.context,
    metadata: known.metadata ?? news.metadata,
    retryPolicy: known.retryPolicy ?? news.retryPolicy,
    notBefore: known.notBefore ?? news.notBefore,
    expiresAt: known.expiresAt ?? news.expiresAt,
    definitionVersion: greater(known.definitionVersion, news.definitionVersion),
    endpoint: latestEndpoint(known, news),
    contactIdHash: known.contactIdHash ?? news.contactIdHash,
    contactEmailHash: known.contactEmailHash ?? news.contactEmailHash,
    replayOf: known.replayOf ?? news.replayOf,
    status: furtherStatus(known, news),
    attempts: result.attempts,
    errorType: result.errorType,
    errorMessage: result.errorMessage,
    responseStatus: result.responseStatus,
    mappedFields: result.mappedFields,
    mappingErrors: result.mappingErrors,
    completedAt: result.completedAt,
    requestOnly: known.requestOnly && news.requestOnly,
  };
}

/**
 * Returns whether the result in `news` replaces the known result: the first outcome is final; before it, the
 * row with more attempts wins.
 */
function newsLead(known: RunRow, news: RunRow): boolean {
  if (known.completedAt !== null) return false;
  return news.completedAt !== null || news.attempts > known.attempts;
}

/** Returns the later status: an outcome is final; before that, `retrying` never changes back to `pending`. */
function furtherStatus(known: RunRow, news: RunRow): RunRow['status'] {
  if (known.completedAt !== null) return known.status;
  if (news.completedAt !== null) return news.status;
  return known.status === 'pending' ? news.status : known.status;
}

/** Returns the later wait by (attempt, deferrals). A wait is over once its attempt is recorded or the run has ended. */
function latestWait(
  known: RunRow,
  news: RunRow,
  result: RunRow,
): Pick<RunRow, 'waitsFor' | 'nextAttemptAt' | 'waitAttempt' | 'waitDeferrals'> {
  const later = news.waitAttempt - known.waitAttempt || news.waitDeferrals - known.waitDeferrals;
  const { waitsFor, nextAttemptAt, waitAttempt, waitDeferrals } = later > 0 ? news : known;
  const over = result.completedAt !== null || result.attempts >= waitAttempt;
  return {
    waitsFor: over ? null : waitsFor,
    nextAttemptAt: over ? null : nextAttemptAt,
    waitAttempt,
    waitDeferrals,
  };
}

/** Returns the endpoint of the newest definition that was called; of equal versions, the endpoint known first. */
function latestEndpoint(known: RunRow, news: RunRow): string | null {
  const isNewer = (news.definitionVersion ?? 0) > (known.definitionVersion ?? 0);
  return isNewer ? (news.endpoint ?? known.endpoint) : (known.endpoint ?? news.endpoint);
}

function greater(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
