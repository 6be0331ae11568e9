/**
 * What the receiver is told. `finish`: to note what is open, to close its file and to say so. `well`: `late`, `hanging`
 * and `down` endpoints answer at once from now on, what waits there too; `ailing`: they do not, as at the beginning.
 */
export type ReceiverOrder = 'finish' | 'well' | 'ailing';

/** What the receiver says. */
export type ReceiverMessage = { kind: 'listening'; port: number } | { kind: 'finished' };
