import { Link } from '@tanstack/react-router';

/** The id of an execution, as a link to its page. */
export function ExecutionLink({ id }: { id: string }) {
  return (
    <Link className="mono foreign" to="/executions/$id" params={{ id }}>
      {id}
    </Link>
  );
}
