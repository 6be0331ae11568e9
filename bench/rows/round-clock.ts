/** Time per row and project; a round that would exceed it is not started. */
const ROW_BUDGET_MS = 150_000;

/**
 * Plays rounds in which the projects take turns. The order is reversed from round to round, so that a change in the
 * machine's load affects all projects about equally. After at least one round, stops early if another round as long as
 * the longest would exceed the row's time.
 * @param now monotonic clock, in ms
 */
export async function playRounds<T>(
  { players, rounds, startedAt }: { players: readonly T[]; rounds: number; startedAt: number },
  play: (player: T, round: number) => Promise<void>,
  now: () => number = () => performance.now(),
): Promise<void> {
  const budgetMs = ROW_BUDGET_MS * players.length;
  let longestMs = 0;
  for (let round = 0; round < rounds; round++) {
    const begunAt = now();
    if (round > 0 && begunAt - startedAt + longestMs > budgetMs) return;
    for (const player of round % 2 === 0 ? players : players.toReversed()) await play(player, round);
    longestMs = Math.max(longestMs, now() - begunAt);
  }
}
