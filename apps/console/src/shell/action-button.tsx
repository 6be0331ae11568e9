import { lazy, Suspense, useState } from 'react';
import { messageOf } from '../api/message-of.ts';
import { texts } from '../texts.ts';
import { Refusal } from './refusal.tsx';
import './action-button.css';

/** Loaded when it is first opened. */
const Dialog = lazy(() => import('./dialog.tsx'));

interface ActionButtonProps {
  label: string;
  /** The effect of the action and its target, shown before it is done. */
  confirm: { title: string; text: string; submit: string };
  tone?: 'danger' | 'primary';
  run: () => Promise<unknown>;
}

/** A button whose action is confirmed in a dialog first. The dialog also shows a refusal. */
export function ActionButton({ label, confirm, tone, run }: ActionButtonProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        className={`button button-small ${tone === 'danger' ? 'button-danger' : tone === 'primary' ? 'button-primary' : ''}`}
        type="button"
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
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await run();
      onClose();
    } catch (error) {
      setProblem(messageOf(error));
      setBusy(false);
    }
  };
  return (
    <>
      <p className="foreign action-text">{confirm.text}</p>
      <Refusal text={problem} />
      <div className="dialog-buttons">
        <button
          className={`button ${isDangerous ? 'button-danger' : 'button-primary'}`}
          type="button"
          disabled={isBusy}
          onClick={() => void submit()}
        >
          {isBusy ? texts.actions.busy : confirm.submit}
        </button>
        <button className="button button-quiet" type="button" onClick={onClose}>
          {texts.actions.cancel}
        </button>
      </div>
    </>
  );
}
