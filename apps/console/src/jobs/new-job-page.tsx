import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useSignedIn } from '../session/session-context.ts';
import { BackLink } from '../shell/back-link.tsx';
import { Page } from '../shell/page.tsx';
import { Refusal } from '../shell/refusal.tsx';
import { useOnce } from '../shell/use-once.ts';
import { useFormSubmit } from '../shell/use-submit.ts';
import { texts } from '../texts.ts';
import { JobFilterParts } from './job-filter.tsx';
import { filterOfLink } from './job-search.ts';
import { usePlanJob } from './use-jobs.ts';
import './jobs.css';

const route = getRouteApi('/signed-in/jobs/new');
const { form: words } = texts.jobs;
const DEFAULT_RATE = 10;

/** Plans a job from the filter of executions in the address of this page. Planning does not replay anything yet. */
export function NewJobPage() {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const plan = usePlanJob();
  const [once, renewOnce] = useOnce();
  const { state, problem, onSubmit } = useFormSubmit(async (fields) => {
    const definition = fields.get('definition') === 'original' ? 'original' : 'current';
    const job = await plan({ filter, definition, rate_per_second: Number(fields.get('rate')) }, once);
    await navigate({ to: '/jobs/$id', params: { id: job.id }, search: {} });
  });
  return (
    <Page title={words.title} back={<BackLink to="/jobs">{texts.nav.jobs}</BackLink>}>
      <form className="job-form" onChange={renewOnce} onSubmit={onSubmit}>
        <section className="notice">
          <h2>{words.filter}</h2>
          <JobFilterParts filter={filter} />
          <p>
            <Link to="/executions" search={filter}>
              {words.look}
            </Link>
          </p>
        </section>
        <LinkField onFilter={(found) => void navigate({ search: found, replace: true })} />
        <Options />
        <Refusal text={problem} />
        <button className="button button-primary" type="submit" disabled={state !== 'idle'}>
          {state === 'idle' ? words.submit : words.planning}
        </button>
        <p className="field-hint">{words.hint}</p>
      </form>
    </Page>
  );
}

function Options() {
  return (
    <>
      <fieldset>
        <legend>{words.definition}</legend>
        <label>
          <input type="radio" name="definition" value="current" defaultChecked /> {words.current}
        </label>
        <label>
          <input type="radio" name="definition" value="original" /> {words.original}
        </label>
      </fieldset>
      <label className="field">
        <span>{words.rate}</span>
        <input
          className="input"
          name="rate"
          type="number"
          min={1}
          step={1}
          required
          defaultValue={DEFAULT_RATE}
        />
      </label>
    </>
  );
}

function LinkField({
  onFilter,
}: {
  onFilter: (filter: NonNullable<ReturnType<typeof filterOfLink>>) => void;
}) {
  const { accountId } = useSignedIn();
  const [isWrong, setWrong] = useState(false);
  return (
    <label className="field">
      <span>{words.link}</span>
      <input
        className="input"
        type="url"
        aria-invalid={isWrong}
        aria-describedby="link-hint"
        onChange={({ currentTarget: { value } }) => {
          const found = filterOfLink(value, accountId);
          setWrong(value !== '' && found === null);
          if (found) onFilter(found);
        }}
      />
      <span className="field-hint" id="link-hint" role={isWrong ? 'alert' : undefined}>
        {isWrong ? words.notLink : words.linkHint}
      </span>
    </label>
  );
}
