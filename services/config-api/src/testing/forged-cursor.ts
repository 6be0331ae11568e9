/**
 * Builds a cursor that belongs to the list of `genuine` but contains another position, as a client that knows the code could.
 * @param genuine cursor that the same list returned
 * @param mark prefix of positions in the other direction
 */
export function forgedCursor(genuine: string | null, position: string, mark = ''): string {
  if (genuine === null) throw new Error('the list has only one page');
  const [hash] = genuine.split('.');
  return `${hash}.${mark}${Buffer.from(position).toString('base64url')}`;
}
