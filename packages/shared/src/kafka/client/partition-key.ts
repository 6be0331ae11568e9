/** Returns `topic/partition`: the key of a partition in maps, and its name in log lines and problem texts. */
export function partitionKey({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`;
}
