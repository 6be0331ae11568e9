/** `topic/partition`: what a partition is found by in maps, and named by in log lines and problems. */
export function partitionKey({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`;
}
