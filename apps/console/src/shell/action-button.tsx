import { lazy, Suspense, useState } from 'react';
import { texts } from '../texts.ts';
import { Refusal } from './refusal.tsx';
import { useSubmit } from './use-submit.ts';
import './action-button.css';

/** Loaded when the dialog is first opened. */
const Dialog = lazy(() => import('./dialog.tsx'));

interface Confirm {
  title: string;
  /** States the target and the effect of the action; shown before the action runs. */
  text: string;
  submit: string;
  /**
   * Labels that replace the defaults: `busy` on the submit button while the action runs, and `keep` on the button that
   * closes the dialog without running it.
   */
  busy?: string;
  keep?: string;
  /** Text shown before the reason for a refusal. */
  failed?: string;
}

interface ActionButtonProps {
  label: string;
  confirm: Confirm;
  tone?: 'danger' | 'primary';
  isDisabled?: boolean;
  run: () => Promise<unknown>;
}

/**
 * A button that asks for confirmation in a dialog before it runs its action. If the API refuses the action, the dialog
 * shows why.
 */
export function ActionButton({ label, confirm, tone, isDisabled = false, run }: ActionButtonProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        className={`button button-small ${tone === 'danger' ? 'button-danger' : tone === 'primary' ? 'button-primary' : ''}`}
        type="button"
        disabled={isDisabled}
        onClick={() => setOpen(true)}
      >
        {label}
      </button>
      {isOpen && (
        <Suspense>
          <Dialog title={confirm.title} onClose={() => setOpen(false)}>
            <Confirmation
              confirm={confirm}
              isDangerous={tone === 'danger'}
              run={run}
              onClose={() => setOpen(false)}
            />
          </Dialog>
        </Suspense>
      )}
    </>
  );
}

interface ConfirmationProps extends Pick<ActionButtonProps, 'confirm' | 'run'> {
  isDangerous: boolean;
  onClose: () => void;
}

function Confirmation({ confirm, isDangerous, run, onClose }: ConfirmationProps) {
  const { state, problem, submit } = useSubmit(async () => {
    await run();
    onClose();
  });
  return (
    <>
      <p className="foreign action-text">{confirm.text}</p>
      <Refusal text={problem} what={confirm.failed} />
      <div className="dialog-buttons">
        <button
          className={`button ${isDangerous ? 'button-danger' : 'button-primary'}`}
          type="button"
          disabled={state !== 'idle'}
          onClick={() => void submit()}
        >
          {state === 'idle' ? confirm.submit : (confirm.busy ?? texts.actions.busy)}
        </button>
        <button className="button button-quiet" type="button" onClick={onClose}>
          {confirm.keep ?? texts.actions.cancel}
        </button>
      </div>
    </>
  );
}
