import { count } from '../lists/numbers.ts';
import { texts } from '../texts.ts';
import { doneOf, type ReplayJob } from './job-search.ts';

const { progress: words } = texts.jobs;

/** Progress of a job, as a bar and in numbers. */
export function JobProgress({ job, isBrief = false }: { job: ReplayJob; isBrief?: boolean }) {
  const { done, total, share } = doneOf(job);
  const { replayed, skipped, failed } = job.progress;
  const brief = words.brief(count(done), count(total));
  return (
    <div className="job-progress">
      <div
        className="job-bar"
        role="progressbar"
        aria-label={words.label}
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={done}
        aria-valuetext={brief}
      >
        <span style={{ inlineSize: `${share * 100}%` }} />
      </div>
      <p className="job-numbers">
        {isBrief ? brief : `${brief} · ${words.counts(count(replayed), count(skipped), count(failed))}`}
      </p>
    </div>
  );
}
