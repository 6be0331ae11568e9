/**
 * Thrown if the process stops before a record has a verdict. The record stays unfinished, and the next owner of its
 * partition reads it again.
 */
export class StoppingError extends Error {
  override readonly name = 'StoppingError';

  constructor() {
    super('this process is stopping; the record is left to the next owner of its partition');
  }
}
