/** The dispatcher stops before a call could start: its record stays unfinished and is read again by its next owner. */
export class StoppingError extends Error {
  override readonly name = 'StoppingError';

  constructor() {
    super('the dispatcher stops; the record is left to its next owner');
  }
}
