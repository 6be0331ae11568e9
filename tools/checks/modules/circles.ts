/**
 * What remains of a graph when everything that lies on no circle is taken away, step by step; a node and where it
 * leads in each line, empty without circles.
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
