/** What the receiver is told: to note what is open, to close its file and to say so. */
export type ReceiverOrder = 'finish';

/** What the receiver says. */
export type ReceiverMessage = { kind: 'listening'; port: number } | { kind: 'finished' };
