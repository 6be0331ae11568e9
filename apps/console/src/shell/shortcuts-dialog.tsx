import { Dialog } from '@base-ui/react/dialog';
import { texts } from '../texts.ts';
import './dialog.css';

const KEYS = [
  ['j', texts.shortcuts.next],
  ['k', texts.shortcuts.previous],
  ['Enter', texts.shortcuts.open],
  ['Escape', texts.shortcuts.deselect],
  ['/', texts.shortcuts.filter],
  ['r', texts.shortcuts.reload],
  ['?', texts.shortcuts.help],
] as const;

/** Dialog that lists the keyboard shortcuts. */
export default function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog.Root open onOpenChange={onClose}>
      <Dialog.Portal>
        <Dialog.Backdrop className="dialog-backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title>{texts.shortcuts.title}</Dialog.Title>
          <dl className="dialog-keys">
            {KEYS.map(([key, does]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
          <Dialog.Close className="button">{texts.shortcuts.close}</Dialog.Close>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
