import { texts } from '../texts.ts';

const words = texts.execution.replay;

/** Returns what is wrong with an edited context; null if it can be sent. Pure. */
export function contextProblem(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? null : words.notObject;
  } catch (error) {
    return words.notJson(error instanceof Error ? error.message : String(error));
  }
}

export interface ReplayChoice {
  definition: 'current' | 'original';
  /** Edited JSON; null if the context is unchanged. */
  context: string | null;
}

/** Writes the body of the request. Inserts the context as it was typed, so that no long id is rounded. Pure. */
export function replayBody({ definition, context }: ReplayChoice): string {
  const edited = context === null ? '' : `,"context":${context}`;
  return `{"definition":${JSON.stringify(definition)}${edited}}`;
}

/** Describes the replay that will be requested. Pure. */
export function replayWords(
  { definition, context }: ReplayChoice,
  { actionId, version }: { actionId: string; version: number | null },
): string {
  return words.says(
    actionId,
    definition === 'current' || version === null ? words.saysCurrent : words.saysOriginal(version),
    context === null ? words.saysSame : words.saysEdited,
  );
}
