import { Pairs } from '../lists/facts.tsx';
import { Badge } from '../shell/badge.tsx';
import { rawMember, rawMembers } from '../text/pretty-json.ts';
import { texts } from '../texts.ts';
import { isUnfinished } from './execution.ts';
import type { LoadedExecution } from './execution-query.ts';

const words = texts.execution.mapping;

/** Fields that the response mapping filled from the response, and fields that it could not fill. */
export function Mapping({ detail, json }: LoadedExecution) {
  const values = [...rawMembers(rawMember(json, 'mapped_fields') ?? 'null')];
  const errors = Object.entries(detail.mapping_errors);
  const isHidden = detail.bodies === 'hidden';
  if (isUnfinished(detail)) return null;
  return (
    <section aria-labelledby="mapping" className="mapping">
      <h2 id="mapping">{words.title}</h2>
      {isHidden && <p className="muted">{texts.execution.hidden}</p>}
      {!isHidden && values.length === 0 && errors.length === 0 && <p className="muted">{words.none}</p>}
      {(values.length > 0 || errors.length > 0) && (
        <Pairs
          isMono
          pairs={[
            ...values,
            ...errors.map(([name, why]) => [name, <Unmapped key={name} why={why} />] as const),
          ]}
        />
      )}
    </section>
  );
}

function Unmapped({ why }: { why: string }) {
  return (
    <>
      <Badge tone="bad" icon="alert">
        {words.error}
      </Badge>{' '}
      <span className="foreign">{why}</span>
    </>
  );
}
