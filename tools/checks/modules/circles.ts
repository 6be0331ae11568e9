/**
 * Repeatedly removes the nodes of a graph that lead to no remaining node or that no remaining node leads to, until only
 * cycles, and the nodes between them, remain. Returns one line for each remaining node, with its targets; empty if
 * there is no cycle.
 */
export function circles(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const left = new Map(graph);
  for (let before = -1; before !== left.size;) {
    before = left.size;
    const reached = new Set([...left.values()].flatMap((targets) => [...targets]));
    for (const [node, targets] of left) {
      const goesOn = [...targets].some((target) => left.has(target));
      if (!goesOn || !reached.has(node)) left.delete(node);
    }
  }
  return [...left].map(
    ([node, targets]) => `${node} → ${[...targets].filter((target) => left.has(target)).join(', ')}`,
  );
}
