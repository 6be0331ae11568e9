/**
 * Builds a cursor that belongs to the same list as `genuine` but contains another position. A client that knows the
 * code could do so.
 * @param genuine cursor that the same list returned
 * @param mark prefix of positions in the other direction
 */
export function forgedCursor(genuine: string | null, position: string, mark = ''): string {
  if (genuine === null) throw new Error('the list has only one page');
  const [hash] = genuine.split('.');
  return `${hash}.${mark}${Buffer.from(position).toString('base64url')}`;
}
