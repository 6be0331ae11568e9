import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import type { EditorView } from '@codemirror/view';
import type { ContextField } from '../fields/context-fields.ts';

const OPEN_FIELD = /\{\{\s*[^{}\n|]{0,300}$/;

/** Completes the paths of merge fields after `{{`. */
export function fieldCompletion(fields: () => readonly ContextField[]) {
  return (context: CompletionContext): CompletionResult | null => {
    const open = context.matchBefore(OPEN_FIELD);
    if (!open) return null;
    const from = open.from + 2 + (/^\s*/.exec(open.text.slice(2))?.[0].length ?? 0);
    return {
      from,
      options: fields().map(({ path, description, type }) => ({
        label: path,
        detail: type,
        ...(description !== '' && { info: description }),
        apply: (view: EditorView, _completion: unknown, start: number, end: number) =>
          complete(view, path, { start, end }),
      })),
      validFor: /^[^{}\n|]*$/,
    };
  };
}

/** Inserts the path, and closes the field unless it is already closed. */
function complete(view: EditorView, path: string, { start, end }: { start: number; end: number }): void {
  const isClosed = view.state.sliceDoc(end, end + 2) === '}}';
  const insert = isClosed ? path : `${path}}}`;
  view.dispatch({
    changes: { from: start, to: end, insert },
    selection: { anchor: start + path.length + 2 },
    userEvent: 'input.complete',
  });
}
