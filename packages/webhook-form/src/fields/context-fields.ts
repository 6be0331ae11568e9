/** JSON Schema of a context, with the keywords that the form uses. The host passes it as `contextSchema`. */
export interface ContextSchema {
  type?: string | readonly string[];
  title?: string;
  description?: string;
  properties?: Readonly<Record<string, ContextSchema>>;
  items?: ContextSchema;
  examples?: readonly unknown[];
  default?: unknown;
  enum?: readonly unknown[];
}

/** A merge field that can be inserted. */
export interface ContextField {
  /** Path without braces, such as `contact.custom_fields["Company Name"]`. */
  path: string;
  /** Description from the schema, which is shown to the user. */
  description: string;
  type: string;
}

const MAX_FIELDS = 2_000;
/** Maximum number of levels that a merge field can read. */
const MAX_DEPTH = 8;
const BARE_NAME = /^[\p{L}\p{M}\p{N}_$-]+$/u;
const INDEX = /^[0-9]+$/;

/** Fields that every context has according to R-014, for a host without a schema. */
export const DEFAULT_CONTEXT: ContextSchema = {
  properties: {
    contact: objectOf(['id', 'email', 'first_name', 'last_name', 'phone'], {
      tags: { type: 'array', items: { type: 'string' } },
      custom_fields: { type: 'object' },
    }),
    workflow: objectOf(['id', 'name'], { variables: { type: 'object' } }),
    execution: objectOf(['id', 'step_id', 'workflow_execution_id']),
    account: objectOf(['id', 'name']),
  },
};

function objectOf(
  texts: readonly string[],
  more: Readonly<Record<string, ContextSchema>> = {},
): ContextSchema {
  const properties = Object.fromEntries(texts.map((name) => [name, { type: 'string' }]));
  return { type: 'object', properties: { ...properties, ...more } };
}

/** Lists the fields of a context in the order of its schema; a list is followed by its first item. */
export function contextFields(schema: ContextSchema): readonly ContextField[] {
  const fields: ContextField[] = [];
  const visit = (one: ContextSchema, path: string, depth: number): void => {
    if (fields.length >= MAX_FIELDS || depth > MAX_DEPTH) return;
    const children = Object.entries(one.properties ?? {});
    if (path !== '' && (depth > 1 || children.length === 0)) fields.push(fieldOf(one, path));
    for (const [name, child] of children) visit(child, joined(path, name), depth + 1);
    if (one.items && path !== '') visit(one.items, `${path}[0]`, depth + 1);
  };
  visit(schema, '', 0);
  return fields;
}

function fieldOf({ type, title, description }: ContextSchema, path: string): ContextField {
  const shown = typeof type === 'string' ? type : (type?.find((one) => one !== 'null') ?? '');
  return { path, description: description ?? title ?? '', type: shown };
}

function joined(path: string, name: string): string {
  const isBare = BARE_NAME.test(name) && !(path === '' && INDEX.test(name));
  if (path === '') return name;
  return isBare ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

/**
 * Finds the fields for which every part of `text` occurs in the path or the description; the parts are separated by
 * spaces. Sorts by the first part: paths that start with it first, then paths in which it follows a dot.
 */
export function searchFields(fields: readonly ContextField[], text: string): readonly ContextField[] {
  const parts = text.toLowerCase().split(/\s+/).filter(Boolean);
  const [head = ''] = parts;
  const found = fields.filter(({ path, description }) => {
    const searched = `${path} ${description}`.toLowerCase();
    return parts.every((part) => searched.includes(part));
  });
  const rank = ({ path }: ContextField): number => {
    const lower = path.toLowerCase();
    if (lower.startsWith(head)) return 0;
    return lower.includes(`.${head}`) ? 1 : 2;
  };
  return [...found].sort((a, b) => rank(a) - rank(b));
}

/** Returns the text of a merge field, with a default unless `fallback` is empty. */
export function fieldMarkup(path: string, fallback: string): string {
  return fallback === '' ? `{{${path}}}` : `{{${path}|${JSON.stringify(fallback)}}}`;
}
