import { Badge } from '../shell/badge.tsx';
import { messageOf } from '../api/message-of.ts';
import { ExecutionLink } from '../lists/execution-link.tsx';
import { count } from '../lists/numbers.ts';
import { texts } from '../texts.ts';
import { TimeAgo } from '../time/time-ago.tsx';
import { Tile } from './tile.tsx';
import { useLedger } from './use-overview.ts';

const { ledger: words } = texts.overview;

/** Whether every execution that was requested is accounted for. */
export function LedgerTile() {
  const ledger = useLedger();
  const { data } = ledger;
  if (!data) {
    return (
      <Tile label={words.title} value="–">
        {ledger.isError ? messageOf(ledger.error) : texts.states.loading}
      </Tile>
    );
  }
  const isWhole = data.unaccounted === 0;
  return (
    <Tile
      label={words.title}
      value={
        <Badge tone={isWhole ? 'ok' : 'bad'} icon={isWhole ? 'check' : 'alert'}>
          {words.unaccounted(count(data.unaccounted))}
        </Badge>
      }
    >
      {words.counts(count(data.requested), count(data.completed))}
      <br />
      {words.open(count(data.waiting.total), count(data.in_hand), count(data.dead_lettered))}
      {data.as_of !== null && (
        <>
          <br />
          <span className="muted">
            {words.asOf} <TimeAgo at={data.as_of} />
          </span>
        </>
      )}
      {data.unaccounted_executions.map(({ execution_id, topic, partition, offset }) => (
        <span className="mono tile-line" key={`${topic}-${partition}-${offset}`}>
          {execution_id === null ? `${topic}-${partition}@${offset}` : <ExecutionLink id={execution_id} />}
        </span>
      ))}
    </Tile>
  );
}
