import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { texts } from '../texts.ts';
import { useNow } from '../time/now.ts';
import { exactTime, span } from '../time/time.ts';
import { type ExecutionDetail, isUnfinished } from './execution.ts';
import { sentenceOf, summaryOf } from './sentences.ts';
import { layOutTime, type Step, type TimeAxis } from './time-axis.ts';
import './time-axis.css';

const words = texts.execution.axis;
/** Number of steps that are shown until the reader expands the list. */
const SHOWN_STEPS = 30;

/** The time of an execution on one axis, and below it a line for each step with a description in words. */
export function TimeAxisView({ detail, selected }: { detail: ExecutionDetail; selected: number | null }) {
  const clock = useNow();
  const now = isUnfinished(detail) ? clock : 0;
  const axis = useMemo(() => layOutTime(detail, now), [detail, now]);
  const [isWhole, setWhole] = useState(false);
  const steps = isWhole ? axis.steps : axis.steps.slice(0, SHOWN_STEPS);
  return (
    <section aria-labelledby="time-axis" className="time-axis">
      <h2 id="time-axis">{words.title}</h2>
      <p>{summaryOf(axis)}</p>
      <Legend />
      <div className="time-axis-body">
        <Strip axis={axis} now={now} />
        <ol className="time-axis-steps">
          {steps.map((step, index) => (
            <li
              key={index}
              className="time-axis-step"
              data-selected={isSelected(step, selected) || undefined}
            >
              <span className="time-axis-words">
                <time
                  className="time-axis-at muted"
                  dateTime={isoAt(axis, step)}
                  title={exactTime(isoAt(axis, step))}
                >
                  +{span(step.from)}
                </time>
                <Says step={step} now={now} />
              </span>
              <span className="time-axis-track" aria-hidden>
                <Ticks axis={axis} />
                <Bar step={step} lengthMs={axis.lengthMs} />
              </span>
            </li>
          ))}
        </ol>
        {axis.steps.length > steps.length && (
          <button className="button button-small" type="button" onClick={() => setWhole(true)}>
            {words.more(axis.steps.length - steps.length)}
          </button>
        )}
      </div>
    </section>
  );
}

const isSelected = (step: Step, selected: number | null): boolean =>
  step.kind === 'attempt' && step.attempt === selected;

const isoAt = ({ startAt }: TimeAxis, { from }: Step): string => new Date(startAt + from).toISOString();

function Says({ step, now }: { step: Step; now: number }) {
  const sentence = sentenceOf(step, now);
  return (
    <span className="time-axis-says">
      <Icon tone={toneOf(step)} />
      {step.kind === 'attempt' ? (
        <Link
          to="."
          search={(search) => ({ ...search, attempt: step.attempt })}
          hash="attempts"
          state={true}
          className="foreign"
        >
          {sentence}
        </Link>
      ) : (
        <span className="foreign">{sentence}</span>
      )}
    </span>
  );
}

type Tone = keyof typeof words.legend;

function toneOf(step: Step): Tone {
  if (step.kind === 'attempt') return step.status === 'success' ? 'ok' : 'bad';
  return step.kind;
}

const ICONS: Record<Tone, string> = {
  wait: 'M8 4v4l3 2M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13',
  queue: 'M3 4h10M3 8h10M3 12h10',
  ok: 'M3 8.5l3.5 3.5L13 5',
  bad: 'M4 4l8 8M12 4l-8 8',
};

/** Icon with a different shape for each kind of step, so that colour is never the only sign. */
function Icon({ tone }: { tone: Tone }) {
  return (
    <svg
      className={`time-axis-icon time-axis-${tone}`}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      aria-hidden
    >
      <path d={ICONS[tone]} />
    </svg>
  );
}

function Legend() {
  return (
    <p className="time-axis-legend" aria-hidden>
      {Object.entries(words.legend).map(([tone, label]) => (
        <span key={tone}>
          <Icon tone={tone as Tone} />
          {label}
        </span>
      ))}
    </p>
  );
}

/** All steps on one line, under the marks of the axis. The list below describes the same steps in words. */
function Strip({ axis, now }: { axis: TimeAxis; now: number }) {
  // Longer bars are drawn behind shorter bars, because merged waits span other steps.
  const steps = [...axis.steps].sort((a, b) => b.until - b.from - (a.until - a.from));
  return (
    <div className="time-axis-strip" aria-hidden>
      <span className="time-axis-ends muted">{axis.isOpen ? words.untilNow : words.untilEnd}</span>
      <div>
        <div className="time-axis-scale">
          {axis.ticks.map((at) => (
            <span key={at} style={{ insetInlineStart: share(at, axis.lengthMs) }}>
              {tickLabel(at)}
            </span>
          ))}
        </div>
        <div className="time-axis-track time-axis-all">
          <Ticks axis={axis} />
          {steps.map((step, index) => (
            <Bar key={index} step={step} lengthMs={axis.lengthMs} says={sentenceOf(step, now)} />
          ))}
        </div>
      </div>
    </div>
  );
}

function Ticks({ axis }: { axis: TimeAxis }) {
  return axis.ticks.map((at) => (
    <span key={at} className="time-axis-tick" style={{ insetInlineStart: share(at, axis.lengthMs) }} />
  ));
}

const share = (ms: number, lengthMs: number): string => `${((100 * ms) / lengthMs).toFixed(3)}%`;

/** Writes `5 min` instead of `5 min 0 s`. */
const tickLabel = (ms: number): string =>
  span(ms)
    .replace(/\.0 s$/, ' s')
    .replace(/ 0 (s|min|h)$/, '');

/** Share of the axis; a bar that is shorter has no room for the name of its step. */
const MIN_NAMED_SHARE = 0.12;

interface BarProps {
  step: Step;
  lengthMs: number;
  /**
   * Description of the step, shown as a tooltip. Only the bars of `Strip` have a tooltip; they also show the name of
   * the step if there is room.
   */
  says?: string;
}

function Bar({ step, lengthMs, says }: BarProps) {
  const shareOfAll = (step.until - step.from) / lengthMs;
  const isMerged = step.kind === 'wait' && step.count > 1;
  return (
    <span
      className={`time-axis-bar time-axis-bar-${toneOf(step)}`}
      data-merged={isMerged || undefined}
      title={says}
      style={{
        insetInlineStart: `min(${share(step.from, lengthMs)}, 100% - 3px)`,
        inlineSize: share(step.until - step.from, lengthMs),
      }}
    >
      {says !== undefined && shareOfAll >= MIN_NAMED_SHARE && nameOf(step)}
    </span>
  );
}

function nameOf(step: Step): string {
  const short: Readonly<Record<string, string>> = words.short;
  if (step.kind === 'wait')
    return Object.hasOwn(short, step.reason) ? (short[step.reason] ?? '') : step.reason;
  return texts.execution.attempts.label(step.attempt);
}
