/** Shows why the API refused a form or an action; renders nothing without a refusal. */
export function Refusal({ text, what }: { text: string | null; what?: string | undefined }) {
  if (text === null) return null;
  return (
    <p className="notice notice-bad foreign" role="alert">
      {what === undefined ? text : `${what}: ${text}`}
    </p>
  );
}
