import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useSignedIn } from '../session/session-context.ts';
import Dialog from '../shell/dialog.tsx';
import { Refusal } from '../shell/refusal.tsx';
import { useOnce } from '../shell/use-once.ts';
import { useSubmit } from '../shell/use-submit.ts';
import { prettyJson, rawMember } from '../text/pretty-json.ts';
import { texts } from '../texts.ts';
import type { LoadedExecution } from './execution-query.ts';
import { contextProblem, replayBody, type ReplayChoice, replayWords } from './replay-request.ts';

const words = texts.execution.replay;

/** Requests an execution again, with the current or the original definition and optionally with an edited context. */
export default function ReplayDialog({ loaded, onClose }: { loaded: LoadedExecution; onClose: () => void }) {
  const [newId, setNewId] = useState<string | null>(null);
  return (
    <Dialog title={words.title} onClose={onClose}>
      {newId === null ? (
        <ReplayForm loaded={loaded} onReplayed={setNewId} onClose={onClose} />
      ) : (
        <Requested id={newId} onClose={onClose} />
      )}
    </Dialog>
  );
}

/** Link to the new execution. It takes the focus, because the form that had the focus is gone. */
function Requested({ id, onClose }: { id: string; onClose: () => void }) {
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => link.current?.focus(), []);
  return (
    <div className="replay">
      <p role="status">{words.done}</p>
      <p className="mono foreign">{id}</p>
      <div className="dialog-buttons">
        <Link
          className="button button-primary"
          to="/executions/$id"
          params={{ id }}
          state={{ isNew: true }}
          onClick={onClose}
          ref={link}
        >
          {words.follow}
        </Link>
        <button className="button button-quiet" type="button" onClick={onClose}>
          {words.close}
        </button>
      </div>
    </div>
  );
}

interface ReplayFormProps {
  loaded: LoadedExecution;
  onReplayed: (executionId: string) => void;
  onClose: () => void;
}

function ReplayForm({ loaded: { detail, json }, onReplayed, onClose }: ReplayFormProps) {
  const { api, named } = useSignedIn();
  const stored = rawMember(json, 'context') ?? 'null';
  const version = detail.attempts.at(-1)?.definition_version ?? null;
  const [choice, setChoice] = useState<ReplayChoice>({ definition: 'current', context: null });
  const [once, renewOnce] = useOnce();
  const problem = choice.context === null ? null : contextProblem(choice.context);

  const change = (changed: ReplayChoice): void => {
    setChoice(changed);
    renewOnce();
  };
  const submission = useSubmit(async () => {
    const { data } = await api.POST('/api/v1/webhook-executions/{id}/replay', {
      params: { path: { id: detail.execution_id }, query: named, ...once },
      body: {},
      bodySerializer: () => replayBody(choice),
    });
    onReplayed(data.execution_id);
  });
  const isIdle = submission.state === 'idle';

  return (
    <form
      className="replay"
      onSubmit={(event) => {
        event.preventDefault();
        if (isIdle && problem === null) void submission.submit();
      }}
    >
      <DefinitionChoice choice={choice} version={version} onChange={change} />
      <ContextEditor
        choice={choice}
        stored={stored}
        isThere={detail.bodies === 'shown' && stored !== 'null'}
        problem={problem}
        onChange={change}
      />
      <p className="notice foreign">{replayWords(choice, { actionId: detail.action_id, version })}</p>
      <Refusal text={submission.problem} what={words.failed} />
      <div className="dialog-buttons">
        <button className="button button-primary" type="submit" disabled={!isIdle || problem !== null}>
          {isIdle ? words.submit : words.busy}
        </button>
        <button className="button button-quiet" type="button" onClick={onClose}>
          {words.close}
        </button>
      </div>
    </form>
  );
}

interface PartProps {
  choice: ReplayChoice;
  onChange: (choice: ReplayChoice) => void;
}

function DefinitionChoice({ choice, version, onChange }: PartProps & { version: number | null }) {
  return (
    <fieldset className="replay-choice">
      <legend>{words.definition}</legend>
      {(['current', 'original'] as const).map((definition) => (
        <label key={definition}>
          <input
            type="radio"
            name="definition"
            checked={choice.definition === definition}
            disabled={definition === 'original' && version === null}
            onChange={() => onChange({ ...choice, definition })}
          />
          {definition === 'current' ? words.current : words.original(version)}
        </label>
      ))}
      {version === null && <p className="field-hint">{words.noOriginal}</p>}
    </fieldset>
  );
}

interface ContextEditorProps extends PartProps {
  stored: string;
  isThere: boolean;
  problem: string | null;
}

function ContextEditor({ choice, stored, isThere, problem, onChange }: ContextEditorProps) {
  if (!isThere) return <p className="field-hint">{words.lacksContext}</p>;
  const { context } = choice;
  return (
    <div className="replay-context">
      <label className="replay-edit">
        <input
          type="checkbox"
          checked={context !== null}
          onChange={() =>
            onChange({ ...choice, context: context === null ? (prettyJson(stored) ?? stored) : null })
          }
        />
        {words.edit}
      </label>
      {context !== null && (
        <label className="field">
          <span>{words.context}</span>
          <textarea
            className="input mono"
            rows={12}
            spellCheck={false}
            value={context}
            aria-invalid={problem !== null}
            aria-describedby="replay-problem"
            onChange={(event) => onChange({ ...choice, context: event.target.value })}
          />
        </label>
      )}
      <p className="replay-problem foreign" id="replay-problem" aria-live="polite">
        {problem}
      </p>
    </div>
  );
}
