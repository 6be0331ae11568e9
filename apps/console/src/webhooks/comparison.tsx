import { getRouteApi, Link } from '@tanstack/react-router';
import { rowsOf } from '../lists/paged-list.ts';
import { Failure } from '../shell/failure.tsx';
import { texts } from '../texts.ts';
import { useComparison, useVersions } from './use-webhooks.ts';
import { ValueChange } from './value-change.tsx';

const route = getRouteApi('/signed-in/webhooks/$workflowId/$actionId');
const { comparison: words } = texts.webhooks;

interface ComparisonProps {
  version: number;
  other: string;
  hasDraft: boolean;
}

/** The changes between two versions, or between a version and the draft, field by field. */
export function Comparison({ version, other, hasDraft }: ComparisonProps) {
  const key = route.useParams();
  const comparison = useComparison(key, { version, other });
  const { data } = comparison;
  return (
    <section className="section" aria-label={words.label}>
      <div className="page-actions">
        <h2>{words.label}</h2>
        <Link className="button button-small" to="/webhooks/$workflowId/$actionId" params={key} search={{}}>
          {words.close}
        </Link>
      </div>
      <Sides version={version} other={other} hasDraft={hasDraft} />
      {comparison.isPending && <p role="status">{texts.states.loading}</p>}
      {comparison.isError && <Failure error={comparison.error} onRetry={() => void comparison.refetch()} />}
      {data && (
        <>
          <h3>{words.title(sideText(data.before), sideText(data.after))}</h3>
          {data.changes.length === 0 && <p className="muted">{words.none}</p>}
          <ul className="value-changes">
            {data.changes.map(({ field, before, after }) => (
              <ValueChange key={field} field={field} before={before} after={after} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** Returns the name of a side, which the API identifies by its version or as `draft`. */
function sideText(side: string): string {
  return side === 'draft' ? words.sides.draft : words.version(side);
}

/** Form for choosing the two sides, which are stored in the address. */
function Sides({ version, other, hasDraft }: ComparisonProps) {
  const navigate = route.useNavigate();
  const versions = rowsOf(useVersions(route.useParams())).map((row) => row.version);
  const compare = (from: number, to: string): void =>
    void navigate({ search: (search) => ({ ...search, compare: from, with: to }) });
  // Includes a chosen version even if it is older than the loaded versions.
  const known = [...new Set([...versions, version, ...(/^\d/.test(other) ? [Number(other)] : [])])];
  const options = known.map((one) => (
    <option key={one} value={one}>
      {words.version(String(one))}
    </option>
  ));
  return (
    <div className="comparison-sides">
      <label className="field">
        <span>{words.from}</span>
        <select
          className="input"
          value={version}
          onChange={({ target }) => compare(Number(target.value), other)}
        >
          {options}
        </select>
      </label>
      <label className="field">
        <span>{words.to}</span>
        <select className="input" value={other} onChange={({ target }) => compare(version, target.value)}>
          <option value="published">{words.sides.published}</option>
          {(hasDraft || other === 'draft') && <option value="draft">{words.sides.draft}</option>}
          {options}
        </select>
      </label>
    </div>
  );
}
