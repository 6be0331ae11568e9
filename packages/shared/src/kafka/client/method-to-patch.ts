/**
 * Returns a method of kafkajs that a patch replaces.
 * @throws Error if there is none with this name: after an upgrade, the patch would otherwise be missing silently
 */
export function methodToPatch(prototype: object, name: string): (...args: never[]) => unknown {
  const method: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value;
  if (typeof method === 'function') return method as (...args: never[]) => unknown;
  throw new Error(`kafkajs has no method ${name} to patch; adapt the patch to the installed version`);
}
