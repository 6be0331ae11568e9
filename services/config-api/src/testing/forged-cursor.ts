/**
 * Builds a cursor that belongs to the list of `genuine`, but contains another position, as a client could that has read
 * the code.
 * @param genuine cursor that the same list returned
 */
export function forgedCursor(genuine: string | null, position: string): string {
  if (genuine === null) throw new Error('the list has only one page');
  const [hash] = genuine.split('.');
  return `${hash}.${Buffer.from(position).toString('base64url')}`;
}
