import { texts } from '../texts.ts';
import type { ExecutionDetail } from './execution.ts';
import { supportBundle } from './support-bundle.ts';

/** Button that downloads the data that may be sent to support. */
export function SupportButton({ detail }: { detail: ExecutionDetail }) {
  const download = (): void => {
    const json = JSON.stringify(supportBundle(detail), null, 2);
    const url = URL.createObjectURL(new Blob([json], { type: 'application/json' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = `${detail.execution_id.replace(/[^\w.-]/g, '_')}.json`;
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <button
      className="button button-small"
      type="button"
      title={texts.execution.supportHint}
      onClick={download}
    >
      {texts.execution.support}
    </button>
  );
}
