/**
 * Orders to the receiver. `finish`: record open calls, close the file and confirm. `recover`: from now on, `late`,
 * `hanging` and `down` endpoints respond with 200 immediately, even to calls that are already waiting. `fail`: these
 * endpoints behave again as at the beginning.
 */
export type ReceiverOrder = 'finish' | 'recover' | 'fail';

/** Messages from the receiver. */
export type ReceiverMessage = { kind: 'listening'; port: number } | { kind: 'finished' };

/** Query of calls that belong to no execution and are therefore not recorded in the history. */
export const UNRECORDED_QUERY = 'test-call';
