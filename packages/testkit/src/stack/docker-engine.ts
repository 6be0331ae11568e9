import { createServer } from 'node:net';
import { getContainerRuntimeClient, ImageName } from 'testcontainers';

/**
 * Checks whether containers of these images can be started on this machine; missing images are pulled.
 * @returns the reason why they cannot be started; undefined if they can
 */
export async function whyNoContainers(
  images: readonly string[],
  progress: (line: string) => void,
): Promise<string | undefined> {
  const client = await getContainerRuntimeClient().catch(() => undefined);
  if (client === undefined) return 'no Docker engine answers';
  // The engine must run on this machine, because ports are published only on its loopback interface.
  const { host } = client.info.containerRuntime;
  if (!(await isHere(host))) return `the Docker engine is on another machine (${host})`;
  for (const image of images) {
    const name = ImageName.fromString(image);
    if (await client.image.exists(name)) continue;
    progress(`pulling ${image}`);
    const failure = await client.image.pull(name).then(
      () => undefined,
      (error: unknown) => String(error),
    );
    // An interrupted pull may report no error.
    if (failure !== undefined || !(await client.image.exists(name))) {
      return `the Docker engine has no ${image} and could not pull it${failure ? ` (${failure})` : ''}`;
    }
  }
  return undefined;
}

/**
 * Whether an address belongs to this machine. In a container with its own engine, the engine is reached by the address
 * of its bridge, which is local too. Node does not list interfaces without a carrier, so the check tries to listen
 * on the address, which succeeds only if it is local.
 */
function isHere(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port: 0 }, () => server.close(() => resolve(true)));
  });
}
