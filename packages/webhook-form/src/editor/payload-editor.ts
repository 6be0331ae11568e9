import { autocompletion, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, linter } from '@codemirror/lint';
import { Annotation, Compartment, EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, keymap } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { isPayloadKind, PAYLOAD_KINDS } from '@hookline/template/payload-kinds';
import { TemplateError } from '@hookline/template/template-error';
import type { PayloadEditor, PayloadEditorOptions } from './payload-editor-options.ts';
import { fieldAtoms } from './field-atoms.ts';
import { fieldCompletion } from './field-completion.ts';

/** Marks changes by `setValue`, which must not be reported back to the form. */
const fromForm = Annotation.define<boolean>();

const theme = EditorView.theme({
  '&': {
    border: '1px solid var(--_control-line)',
    borderRadius: 'var(--_radius)',
    background: 'var(--_bg)',
    color: 'var(--_text)',
    fontSize: '12px',
  },
  '&.cm-focused': { outline: '2px solid var(--_accent)', outlineOffset: '1px' },
  '.cm-scroller': {
    fontFamily: 'var(--_mono)',
    lineHeight: '1.6',
    minHeight: '220px',
    maxHeight: '480px',
    overflow: 'auto',
  },
  '.cm-content': { caretColor: 'var(--_text)', padding: '6px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--_text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'var(--_accent-soft)',
  },
  '.cm-field': {
    padding: '1px 5px',
    borderRadius: '4px',
    background: 'var(--_accent-soft)',
    color: 'var(--_accent)',
    fontWeight: '600',
  },
  '.cm-tooltip': {
    border: '1px solid var(--_line)',
    borderRadius: 'var(--_radius)',
    background: 'var(--_bg)',
    color: 'var(--_text)',
  },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    background: 'var(--_accent)',
    color: 'var(--_accent-text)',
  },
});

const highlighting = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--_text)', fontWeight: '600' },
  { tag: tags.string, color: 'var(--_ok)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--_warn)' },
]);

/**
 * Creates the editor of the payload. It completes merge fields, shows merge fields as one piece each, and marks an
 * error at its position.
 */
export function createPayloadEditor(options: PayloadEditorOptions): PayloadEditor {
  return new CodeEditor(options);
}

class CodeEditor implements PayloadEditor {
  readonly #view: EditorView;
  readonly #kind = new Compartment();
  readonly #editable = new Compartment();
  readonly #attributes = new Compartment();
  readonly #label: string;
  #kindName: string;
  #isDisabled = false;
  #problemId: string | null = null;

  constructor(options: PayloadEditorOptions) {
    const { root, parent, value, kind, label, selection, fields, onInput } = options;
    this.#kindName = kind;
    this.#label = label;
    this.#view = new EditorView({
      root,
      parent,
      state: EditorState.create({
        doc: value,
        selection: { anchor: selection },
        extensions: [
          history(),
          drawSelection(),
          bracketMatching(),
          EditorView.lineWrapping,
          syntaxHighlighting(highlighting),
          theme,
          fieldAtoms,
          autocompletion({ override: [fieldCompletion(fields)], icons: false }),
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
          this.#kind.of(kindExtensions(kind)),
          this.#editable.of([]),
          this.#attributes.of(attributes(label, null)),
          EditorView.updateListener.of((update) => {
            const isOwn = update.transactions.some((one) => one.annotation(fromForm));
            if (update.docChanged && !isOwn) onInput(update.state.doc.toString());
          }),
        ],
      }),
    });
  }

  setValue(value: string): void {
    const { doc } = this.#view.state;
    if (doc.length === value.length && doc.toString() === value) return;
    this.#view.dispatch({
      changes: { from: 0, to: doc.length, insert: value },
      annotations: fromForm.of(true),
    });
  }

  setKind(kind: string): void {
    if (kind === this.#kindName) return;
    this.#kindName = kind;
    this.#view.dispatch({ effects: this.#kind.reconfigure(kindExtensions(kind)) });
  }

  setDisabled(isDisabled: boolean): void {
    if (isDisabled === this.#isDisabled) return;
    this.#isDisabled = isDisabled;
    const effects = this.#editable.reconfigure(isDisabled ? EditorView.editable.of(false) : []);
    this.#view.dispatch({ effects });
  }

  setProblem(id: string | null): void {
    if (id === this.#problemId) return;
    this.#problemId = id;
    this.#view.dispatch({ effects: this.#attributes.reconfigure(attributes(this.#label, id)) });
  }

  insert(text: string): void {
    this.#view.dispatch(this.#view.state.replaceSelection(text), {
      scrollIntoView: true,
      userEvent: 'input',
    });
  }

  focus(): void {
    this.#view.focus();
  }
}

function attributes(label: string, problemId: string | null): Extension {
  return EditorView.contentAttributes.of({
    'aria-label': label,
    spellcheck: 'false',
    ...(problemId !== null && { 'aria-invalid': 'true', 'aria-describedby': problemId }),
  });
}

function kindExtensions(kind: string): Extension {
  return [
    ...(kind === 'json' ? [json()] : []),
    linter((view) => diagnostics(kind, view.state.doc.toString())),
  ];
}

/** Compiles the payload and returns its error, if any, as a diagnostic at the position of the error. */
function diagnostics(kind: string, text: string): Diagnostic[] {
  if (!isPayloadKind(kind) || text.trim() === '') return [];
  try {
    PAYLOAD_KINDS[kind].compile(text);
    return [];
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const from = Math.min(error.position, text.length);
    return [{ from, to: Math.min(from + 1, text.length), severity: 'error', message: error.message }];
  }
}
