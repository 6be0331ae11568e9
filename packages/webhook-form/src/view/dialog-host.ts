import type { ContextField } from '../fields/context-fields.ts';
import type { Translate } from '../texts/texts.ts';

/** The parts of the form element that its dialogs use. */
export interface DialogHost {
  readonly t: Translate;
  readonly fields: readonly ContextField[];
  requestUpdate(): void;
  /** Resolves when the last change is rendered. */
  readonly updateComplete: Promise<boolean>;
  readonly renderRoot: ParentNode;
}

/**
 * Opens a dialog that the host renders. The dialog is modal, so the focus stays in it, and returns to the previous
 * element when the dialog is closed.
 */
export async function openDialog(host: DialogHost, id: string): Promise<void> {
  host.requestUpdate();
  await host.updateComplete;
  dialogOf(host, id)?.showModal();
}

export function closeDialog(host: DialogHost, id: string): void {
  dialogOf(host, id)?.close();
}

function dialogOf(host: DialogHost, id: string): HTMLDialogElement | null {
  return host.renderRoot.querySelector<HTMLDialogElement>(`#${id}`);
}
