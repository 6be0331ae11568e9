/** The process stops before a record was decided: it stays unfinished and is read again by its next owner. */
export class StoppingError extends Error {
  override readonly name = 'StoppingError';

  constructor() {
    super('this process is stopping; the record is left to the next owner of its partition');
  }
}
