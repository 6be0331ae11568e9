import { Dialog as Base } from '@base-ui/react/dialog';
import { type ReactNode, useState } from 'react';
import './dialog.css';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/** A dialog that keeps the focus inside it; Escape closes it. Import this module lazily, when the dialog is opened. */
export default function Dialog({ title, onClose, children }: DialogProps) {
  const [opener] = useState(() => document.activeElement);
  // The element that opened the dialog may be gone once the action is done.
  const next = (): HTMLElement | null =>
    opener instanceof HTMLElement && opener.isConnected ? opener : document.getElementById('content');
  return (
    <Base.Root open onOpenChange={onClose}>
      <Base.Portal>
        <Base.Backdrop className="dialog-backdrop" />
        <Base.Popup className="dialog" finalFocus={next}>
          <Base.Title>{title}</Base.Title>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
