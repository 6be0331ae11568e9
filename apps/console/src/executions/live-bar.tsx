import { Failure } from '../shell/failure.tsx';
import { texts } from '../texts.ts';
import { useNow } from '../time/now.ts';
import type { useLiveList } from './use-live-list.ts';
import './live.css';

const { live: words } = texts.executions;
/** Time in ms for which the bar shows that only a sample of the changes was listed. */
const SAMPLE_SHOWN_MS = 15_000;

interface LiveBarProps {
  live: ReturnType<typeof useLiveList>;
  isPaused: boolean;
  /** End of the filter's time range, if it has one. */
  until: string | undefined;
  onShow: () => void;
}

/** Shows whether the list is up to date, with a button that shows new rows. */
export function LiveBar({ live, isPaused, until, onShow }: LiveBarProps) {
  const now = useNow();
  if (live.refusal !== null) return <Failure error={live.refusal} onRetry={live.retry} />;
  const { waiting, sample, isConnected, wasConnected } = live;
  const isNew = waiting.count > 0 || waiting.hasMore;
  const isOver = until !== undefined && Date.parse(until) < now;
  return (
    <div className="live-bar">
      <p className="live-state" role="status" data-connected={isConnected}>
        <span className="live-dot" aria-hidden="true" />
        {isConnected ? words.on : wasConnected ? words.reconnecting : words.connecting}
      </p>
      <p className="live-notes muted">
        {sample && now - sample.at < SAMPLE_SHOWN_MS && <span>{words.sampled(sample.shown, sample.of)}</span>}
        {isOver && <span>{words.over}</span>}
        {isPaused && isConnected && <span>{words.paused}</span>}
      </p>
      {/* This button is never disabled, because it would lose the focus when nothing is left to show. */}
      <button
        className="button button-small live-new"
        type="button"
        aria-disabled={!isNew}
        data-new={isNew}
        onClick={() => isNew && onShow()}
      >
        {isNew ? words.waiting(waiting.count, waiting.hasMore) : words.upToDate}
      </button>
    </div>
  );
}

interface LiveSwitchProps {
  isOn: boolean;
  onSwitch: (isOn: boolean) => void;
}

/** Turns the live list on and off. */
export function LiveSwitch({ isOn, onSwitch }: LiveSwitchProps) {
  return (
    <label className="live-switch">
      <input
        type="checkbox"
        role="switch"
        aria-checked={isOn}
        checked={isOn}
        onChange={({ currentTarget }) => onSwitch(currentTarget.checked)}
      />
      {words.label}
    </label>
  );
}
