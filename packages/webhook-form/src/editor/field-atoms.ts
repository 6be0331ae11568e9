import { RangeSetBuilder } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  EditorView,
  ViewPlugin,
  type ViewUpdate,
  WidgetType,
} from '@codemirror/view';
import { endOfField } from '@hookline/template/field-text';
import { parseMergeField } from '@hookline/template/merge-field';

/** Longer templates are edited as plain text, because scanning them at each keystroke would slow down typing. */
const MAX_SCANNED_CHARS = 200_000;
const MAX_ATOMS = 200;

/** A merge field that is displayed as one piece. The cursor skips it, and a single key press deletes it. */
class FieldWidget extends WidgetType {
  readonly #name: string;
  readonly #fallback: string | null;

  constructor(name: string, fallback: string | null) {
    super();
    this.#name = name;
    this.#fallback = fallback;
  }

  override eq(other: FieldWidget): boolean {
    return other.#name === this.#name && other.#fallback === this.#fallback;
  }

  override toDOM(): HTMLElement {
    const chip = document.createElement('span');
    chip.className = 'cm-field';
    chip.setAttribute('part', 'merge-field');
    chip.textContent = this.#name;
    return chip;
  }

  override ignoreEvent(): boolean {
    return false;
  }
}

function atomsOf(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  const text = view.state.doc.length > MAX_SCANNED_CHARS ? '' : view.state.doc.toString();
  let count = 0;
  for (let open = text.indexOf('{{'); open >= 0 && count < MAX_ATOMS; open = text.indexOf('{{', open)) {
    const close = endOfField(text, open);
    if (close < 0) break;
    const inner = text.slice(open + 2, close);
    // In the strings of a JSON template, quotes are escaped.
    const field = parseMergeField(inner) ?? parseMergeField(inner.replaceAll(/\\(["\\])/g, '$1'));
    // A view plugin cannot replace text that contains line breaks.
    if (field && !inner.includes('\n')) {
      const widget = new FieldWidget(field.name, field.fallback);
      builder.add(open, close + 2, Decoration.replace({ widget }));
      count++;
    }
    open = field ? close + 2 : open + 2;
  }
  return builder.finish();
}

/** Shows each merge field as one piece: the first 200 of a template, except fields with line breaks. */
export const fieldAtoms = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = atomsOf(view);
    }

    update(update: ViewUpdate): void {
      if (update.docChanged) this.decorations = atomsOf(update.view);
    }
  },
  {
    decorations: (plugin) => plugin.decorations,
    provide: (plugin) =>
      EditorView.atomicRanges.of((view) => view.plugin(plugin)?.decorations ?? Decoration.none),
  },
);
