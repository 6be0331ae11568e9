import type { ContainerSource, KeeperOrder } from './keeper-messages.ts';
import type { StoreName } from './stores.ts';

/** Way in which the stores of a stack are started, and the reason for the choice, in words. */
interface ChosenWay {
  way: ContainerSource | 'processes';
  reason: string;
}

/**
 * Chooses containers if a Docker engine responds and has, or can pull, the images, and otherwise processes. Does not
 * load the container libraries if HOOKLINE_STACK is native.
 * @throws Error if containers are required but not available
 */
export async function chooseWay(
  { way, containers, ports }: KeeperOrder,
  progress: (line: string) => void,
): Promise<ChosenWay> {
  if (way === 'native') return { way: 'processes', reason: 'HOOKLINE_STACK is native' };
  const [{ whyNoContainers }, { IMAGES }, { hasCompose }] = await Promise.all([
    import('./docker-engine.ts'),
    import('./store-containers.ts'),
    import('./compose-stores.ts'),
  ]);
  const images = (Object.keys(ports) as StoreName[]).map((name) => IMAGES[name]);
  const whyNot = await whyNoContainers(images, progress);
  if (whyNot !== undefined) {
    if (way === 'docker')
      throw new Error(`HOOKLINE_STACK is docker, but ${whyNot}; fix this, or unset HOOKLINE_STACK`);
    return { way: 'processes', reason: whyNot };
  }
  const reason = 'a Docker engine answers and has the images';
  if (containers === 'testcontainers' || (await hasCompose())) return { way: containers, reason };
  return { way: 'testcontainers', reason: `${reason}, but its client has no compose plugin` };
}

/** Describes in one line which stores are started, how, and why. */
export function describeWay({ way, reason }: ChosenWay, names: readonly string[]): string {
  const how = {
    compose: 'containers of docker-compose.yml',
    testcontainers: 'throwaway containers',
    processes: 'native processes',
  }[way];
  return `Stack: ${names.join(', ')} as ${how}, because ${reason}`;
}
