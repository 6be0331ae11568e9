import type { ContextField } from '../fields/context-fields.ts';

/** What a payload editor shows and reports. */
export interface PayloadEditorOptions {
  root: ShadowRoot;
  parent: Element;
  value: string;
  kind: string;
  /** Names and describes it for screen readers. */
  label: string;
  selection: number;
  fields: () => readonly ContextField[];
  onInput: (value: string) => void;
}

/** The editor in place of the text area. */
export interface PayloadEditor {
  setValue(value: string): void;
  setKind(kind: string): void;
  setDisabled(isDisabled: boolean): void;
  setProblem(id: string | null): void;
  insert(text: string): void;
  focus(): void;
}
