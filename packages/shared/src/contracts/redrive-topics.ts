import { delayLanes, TOPICS, type TopicSpec } from './topics.ts';

/** Topics that dead letters are sent to again, and so what config-api may write for it. */
export const REDRIVE_TOPICS = [
  TOPICS.requested,
  TOPICS.due,
  TOPICS.delayed,
  TOPICS.commands,
  TOPICS.attempts,
  TOPICS.completed,
] as const satisfies readonly TopicSpec[];

/**
 * Where a record of a topic goes when it is sent again: to its topic, or out of a delay lane back to `webhook.delayed`,
 * which moves it to the lane that fits now. Undefined for configuration: a compacted topic keeps the last record of a
 * key, so an old one would replace the newest; config-api publishes configuration again whenever it is saved.
 */
export function redriveTopic(name: string): TopicSpec | undefined {
  if (delayLanes().some(({ topic }) => topic.name === name)) return TOPICS.delayed;
  return REDRIVE_TOPICS.find((topic) => topic.name === name);
}
