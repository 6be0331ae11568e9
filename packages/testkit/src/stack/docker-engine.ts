import { createServer } from 'node:net';
import { getContainerRuntimeClient, ImageName } from 'testcontainers';

/**
 * Whether containers of some images can be started here; images that are missing are pulled.
 * @returns why not, or undefined
 */
export async function whyNoContainers(
  images: readonly string[],
  progress: (line: string) => void,
): Promise<string | undefined> {
  const client = await getContainerRuntimeClient().catch(() => undefined);
  if (client === undefined) return 'no Docker engine answers';
  // Published ports are the engine's machine's, and on the loopback interface only.
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
    // A pull that breaks off may report nothing.
    if (failure !== undefined || !(await client.image.exists(name))) {
      return `the Docker engine has no ${image} and could not pull it${failure ? ` (${failure})` : ''}`;
    }
  }
  return undefined;
}

/**
 * In a container that runs an engine of its own, the engine is called by the address of its bridge, which is here too;
 * Node lists no interface without a carrier, but only an address of this machine can be listened on.
 */
function isHere(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port: 0 }, () => server.close(() => resolve(true)));
  });
}
