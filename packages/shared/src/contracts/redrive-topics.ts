import { delayLanes, TOPICS, type TopicSpec } from './topics.ts';

/** Topics to which dead letters are redriven, and to which config-api may therefore write. */
export const REDRIVE_TOPICS = [
  TOPICS.requested,
  TOPICS.due,
  TOPICS.delayed,
  TOPICS.commands,
  TOPICS.attempts,
  TOPICS.completed,
] as const satisfies readonly TopicSpec[];

/**
 * Returns the topic to which a record is redriven: its own topic or, for a delay lane, `webhook.delayed`, from which it
 * moves to the lane that fits its remaining wait. Undefined for other topics. Configuration cannot be redriven, because
 * its topics are compacted: they keep the last record of a key, so an old record would replace the newest. config-api
 * publishes configuration again whenever it is saved.
 */
export function redriveTopic(name: string): TopicSpec | undefined {
  if (delayLanes().some(({ topic }) => topic.name === name)) return TOPICS.delayed;
  return REDRIVE_TOPICS.find((topic) => topic.name === name);
}
