import { useState } from 'react';
import { messageOf } from '../api/message-of.ts';
import { useSignedIn } from '../session/session-context.ts';
import Dialog from '../shell/dialog.tsx';
import { Refusal } from '../shell/refusal.tsx';
import { texts } from '../texts.ts';

const words = texts.execution.cancel;

interface CancelDialogProps {
  executionId: string;
  onCancelled: () => void;
  onClose: () => void;
}

/** Button that cancels an execution after a confirmation. */
export default function CancelDialog({ executionId, onCancelled, onClose }: CancelDialogProps) {
  const { api, named } = useSignedIn();
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const cancel = async (): Promise<void> => {
    setBusy(true);
    setRefusal(null);
    try {
      const params = { path: { id: executionId }, query: named };
      await api.POST('/api/v1/webhook-executions/{id}/cancel', { params });
      onCancelled();
      onClose();
    } catch (error) {
      setRefusal(messageOf(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={words.title} onClose={onClose}>
      <p>{words.text}</p>
      <Refusal text={refusal} what={words.failed} />
      <div className="dialog-buttons">
        <button
          className="button button-danger"
          type="button"
          disabled={isBusy}
          onClick={() => void cancel()}
        >
          {isBusy ? words.busy : words.submit}
        </button>
        <button className="button button-quiet" type="button" onClick={onClose}>
          {words.keep}
        </button>
      </div>
    </Dialog>
  );
}
