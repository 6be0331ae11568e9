import type { ContextField } from '../fields/context-fields.ts';

/** Contents and callbacks of a payload editor. */
export interface PayloadEditorOptions {
  root: ShadowRoot;
  parent: Element;
  value: string;
  kind: string;
  /** Name of the editor for screen readers. */
  label: string;
  selection: number;
  fields: () => readonly ContextField[];
  onInput: (value: string) => void;
}

/** The editor that replaces the text area. */
export interface PayloadEditor {
  setValue(value: string): void;
  setKind(kind: string): void;
  setDisabled(isDisabled: boolean): void;
  setProblem(id: string | null): void;
  insert(text: string): void;
  focus(): void;
}
