import { type SyntheticEvent, useState } from 'react';
import { messageOf } from '../api/message-of.ts';

interface Submission {
  /** `done` after a success, until `reset` or the next submission. */
  state: 'idle' | 'busy' | 'done';
  /** Reason why the last submission failed; null if it has not failed. */
  problem: string | null;
  /** Resets `done` to `idle`; does not affect a submission in progress. */
  reset: () => void;
}

interface ActionSubmission<Input extends readonly unknown[]> extends Submission {
  submit: (...input: Input) => Promise<void>;
}

/**
 * Returns a function that runs the action of a button or a form, together with the state of the action and, if it
 * failed, the reason.
 * @param explain returns the text for an error that `run` rejects with
 */
export function useSubmit<Input extends readonly unknown[]>(
  run: (...input: Input) => Promise<unknown>,
  explain: (error: unknown) => string = messageOf,
): ActionSubmission<Input> {
  const [state, setState] = useState<Submission['state']>('idle');
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (...input: Input): Promise<void> => {
    setState('busy');
    setProblem(null);
    try {
      await run(...input);
      setState('done');
    } catch (error) {
      setProblem(explain(error));
      setState('idle');
    }
  };
  return { state, problem, submit, reset: () => setState((now) => (now === 'done' ? 'idle' : now)) };
}

interface FormSubmission extends Submission {
  onSubmit: (event: SyntheticEvent<HTMLFormElement>) => void;
}

/** Like `useSubmit`, for a form. Passes the values of its named fields to `run`. */
export function useFormSubmit(
  run: (fields: FormData, form: HTMLFormElement) => Promise<unknown>,
  explain?: (error: unknown) => string,
): FormSubmission {
  const { submit, ...submission } = useSubmit(run, explain);
  return {
    ...submission,
    onSubmit: (event) => {
      event.preventDefault();
      void submit(new FormData(event.currentTarget), event.currentTarget);
    },
  };
}
