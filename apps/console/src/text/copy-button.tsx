import { useEffect, useState } from 'react';
import { texts } from '../texts.ts';
import { copyText } from './copy-text.ts';

const SHOWN_MS = 2_000;
const { copy } = texts.execution;

interface CopyButtonProps {
  label: string;
  /** Returns the text to copy; called when the button is pressed. */
  text: () => string;
}

/** Button that copies a text and briefly confirms that the text was copied. */
export function CopyButton({ label, text }: CopyButtonProps) {
  const [said, setSaid] = useState<string | null>(null);
  useEffect(() => {
    if (said === null) return undefined;
    const timer = window.setTimeout(() => setSaid(null), SHOWN_MS);
    return () => window.clearTimeout(timer);
  }, [said]);
  const press = async (): Promise<void> => setSaid((await copyText(text())) ? copy.done : copy.failed);
  return (
    <>
      <button className="button button-small" type="button" onClick={() => void press()}>
        {said === copy.done ? copy.done : label}
      </button>
      <span className={said === copy.failed ? 'field-hint' : 'visually-hidden'} role="status">
        {said}
      </span>
    </>
  );
}
