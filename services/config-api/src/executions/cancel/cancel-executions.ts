import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { CancelledByFilter } from '@hookline/shared/contracts/rest/cancellations';
import type { ExecutionFilter } from '@hookline/shared/contracts/rest/webhook-executions';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { OutgoingRecord } from '@hookline/shared/kafka/publish/publisher';
import type { ApiCaller } from '../../http/caller.ts';
import type { PageCursor } from '../../http/page.ts';
import { ProblemError } from '../../http/problem-error.ts';
import { publishWithin } from '../../http/publish-within.ts';
import type { AccountTurns } from '../../quotas/account-turns.ts';
import type { History } from '../pg-history.ts';
import { cancelCommand, runToCancel } from './cancel-command.ts';
import { type CancellationQuota, REMEMBERED_DAYS } from './pg-cancellation-quota.ts';
import type { RunToCancel, Unfinished } from './pg-unfinished.ts';

interface CancelExecutionsDeps {
  unfinished: Unfinished;
  quota: Pick<CancellationQuota, 'take' | 'giveBack'>;
  history: Pick<History, 'readFilter' | 'scan'>;
  publisher: { publish(record: OutgoingRecord): Promise<unknown> };
  /** Permits one cancellation by filter per account at a time, because two would publish the same commands. */
  turns: Pick<AccountTurns, 'run'>;
  now: () => number;
}

interface Canceller {
  caller: ApiCaller;
  accountId: string;
}

/** Cancels executions of an account (ADR 38). */
export interface CancelExecutions {
  /**
   * Cancels one execution; resolves once Kafka has acknowledged the command.
   * @throws ProblemError 404 if the execution is not in history, 409 if it has ended or the account has used up its
   * quota of cancellations, 413 if its metadata is too large for the command, 503 if Kafka does not acknowledge the
   * command in time
   */
  one(order: Canceller & { executionId: string }): Promise<void>;
  /**
   * Cancels up to `max` unfinished executions: first those with the status `pending`, then those with `retrying`, each
   * newest first. A repeat continues with the remaining executions.
   * @throws ProblemError 409 if the quota of cancellations does not permit even the first page, 413 and 503 as for
   * `one`, 422 if the filter would search too much, 429 if another cancellation by filter of the account is in progress
   */
  byFilter(order: Canceller & { filter: ExecutionFilter; max: number }): Promise<CancelledByFilter>;
}

const UNFINISHED = ['pending', 'retrying'] as const;
const PAGE_ROWS = 100;
/** Time in ms after which a cancellation by filter responds with what it has done so far. */
const MAX_MS = 20_000;

export function createCancelExecutions(
  deps: CancelExecutionsDeps,
  { publishMs }: { publishMs: number },
): CancelExecutions {
  const { unfinished, history, now } = deps;
  const command = createSendCommands(deps, { publishMs });
  const cancelMany: CancelExecutions['byFilter'] = async ({ caller, accountId, filter, max }) => {
    const selected = history.readFilter(accountId, filter);
    const after = { filter, max };
    const target = `up to ${max} executions`;
    await unfinished.recordAudit({ caller, accountId, action: 'executions.cancel', target, after });
    const until = now() + MAX_MS;
    let cancelling = 0;
    for (const status of UNFINISHED) {
      if (filter.status !== undefined && filter.status !== status) continue;
      let from: PageCursor | undefined;
      do {
        const maxRows = Math.min(PAGE_ROWS, max - cancelling);
        if (maxRows === 0 || now() > until) return { cancelling, has_more: true };
        const position = { direction: 'older', from } as const;
        const page = await history.scan({ ...selected, status }, { position, maxRows });
        const runs = await runsOf(unfinished, accountId, page.rows);
        if (runs.length > 0 && !(await command(accountId, runs))) {
          if (cancelling === 0) throw quotaUsedUp();
          return { cancelling, has_more: true };
        }
        cancelling += runs.length;
        from = page.next ?? undefined;
      } while (from !== undefined);
    }
    return { cancelling, has_more: false };
  };

  return {
    one: async ({ caller, accountId, executionId }) => {
      const run = runToCancel(await unfinished.runs(accountId, [executionId]));
      if (!run) throw unknownExecution();
      if (run.completed_at !== null) throw ended(run);
      const entry = { caller, accountId, action: 'execution.cancel', target: executionId } as const;
      if (!(await command(accountId, [run], () => unfinished.recordAudit(entry)))) throw quotaUsedUp();
    },

    byFilter: (order) => deps.turns.run(order.accountId, () => cancelMany(order)),
  };
}

/** Sends the commands for executions, unless the account would exceed its quota. */
type SendCommands = (
  accountId: string,
  runs: readonly RunToCancel[],
  record?: () => Promise<void>,
) => Promise<boolean>;

/**
 * Returns the function that sends commands. If the account would exceed its quota, that function sends nothing and
 * returns false. Before it sends anything, it calls `record`, which records who cancels.
 */
function createSendCommands(
  { unfinished, quota, publisher, now }: CancelExecutionsDeps,
  { publishMs }: { publishMs: number },
): SendCommands {
  return async (accountId: string, runs: readonly RunToCancel[], record = () => Promise.resolve()) => {
    const records = runs.map((run) => commandRecord(accountId, run, now()));
    const bytes = records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    const size = { commands: records.length, bytes };
    if (!(await quota.take(accountId, size))) return false;
    const publishAll = (): Promise<unknown> => Promise.all(records.map((one) => publisher.publish(one)));
    try {
      await record();
      await publishWithin(publishMs, publishAll, { late: unavailable, tooLarge });
    } catch (error) {
      // The caller has to repeat the request, possibly for hours, and repeats must not use up the quota.
      await quota.giveBack(accountId, size);
      throw error;
    }
    await unfinished.markCancelling(accountId, runs);
    return true;
  };
}

/** Returns the unfinished runs of a page. */
async function runsOf(
  unfinished: Unfinished,
  accountId: string,
  listed: readonly { execution_id: string }[],
): Promise<RunToCancel[]> {
  const ids = [...new Set(listed.map(({ execution_id }) => execution_id))];
  const runs = ids.length === 0 ? [] : await unfinished.runs(accountId, ids);
  const byId = Map.groupBy(runs, ({ execution_id }) => execution_id);
  return [...byId.values()]
    .map((ofOne) => runToCancel(ofOne))
    .filter((run) => run !== undefined && run.completed_at === null) as RunToCancel[];
}

function commandRecord(accountId: string, run: RunToCancel, now: number): OutgoingRecord {
  const value = encodeEvent('ExecutionCommand', cancelCommand(accountId, run, now));
  return { topic: TOPICS.commands, accountId, key: run.execution_id, value };
}

function unknownExecution(): ProblemError {
  return new ProblemError(
    404,
    'not_found',
    'Webhook execution not found. An execution that was accepted in the last few seconds may not be listed ' +
      'yet; try again shortly',
  );
}

function ended({ status, error_type }: RunToCancel): ProblemError {
  const outcome = error_type === null ? status : `${status} (${error_type})`;
  return new ProblemError(409, 'already_ended', `The execution has already ended: ${outcome}`);
}

function quotaUsedUp(): ProblemError {
  const detail = `The account has cancelled as many executions within ${REMEMBERED_DAYS} days as its quota allows. To stop the calls, pause or delete the webhook action, or ask the operator to raise HOOKLINE_ACCOUNT_MAX_CANCELLATIONS`;
  return new ProblemError(409, 'quota_exceeded', detail);
}

function unavailable(cause?: unknown): ProblemError {
  const detail = 'The cancellation was not confirmed in time. Send it again; a repeat has no further effect';
  return new ProblemError(503, 'unavailable', detail, { headers: { 'retry-after': '5' }, cause });
}

function tooLarge(): ProblemError {
  return new ProblemError(
    413,
    'payload_too_large',
    'The metadata of an execution is too large for the command that cancels it; pause or delete the webhook action instead',
  );
}
