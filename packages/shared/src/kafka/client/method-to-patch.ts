/**
 * Returns a method of kafkajs that a patch replaces.
 * @throws Error if there is no such method, because the patch would otherwise silently have no effect after an upgrade
 */
export function methodToPatch(prototype: object, name: string): (...args: never[]) => unknown {
  const method: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value;
  if (typeof method === 'function') return method as (...args: never[]) => unknown;
  throw new Error(`kafkajs has no method ${name} to patch; adapt the patch to the installed version`);
}

/**
 * Returns a getter of kafkajs that a patch replaces.
 * @throws Error if there is no such getter
 */
export function getterToPatch(prototype: object, name: string): () => unknown {
  const property = Object.getOwnPropertyDescriptor(prototype, name);
  const getter: unknown = property && Reflect.get(property, 'get');
  if (typeof getter === 'function') return getter as () => unknown;
  throw new Error(`kafkajs has no getter ${name} to patch; adapt the patch to the installed version`);
}
