/**
 * Superuser of the cluster. Unless the store is secured, it has no password, because the cluster listens only on
 * loopback and its data is temporary.
 */
export const POSTGRES_USER = 'hookline';

/** The builtin provider has its own C.UTF-8, so it does not matter which locales the machine has. */
export const INITDB_ARGS = [
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--no-sync',
];

/** Settings for data that need not survive a crash of the machine. */
const NOT_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** Lets benchmarks read the time at which a row was committed. */
const COMMIT_TIMES = { track_commit_timestamp: 'on' };

/**
 * Returns the arguments of `postgres`.
 * @param quick whether start-up speed is more important than durability
 * @param place additional settings, such as the address
 */
export function serverArgs(quick: boolean, place: Readonly<Record<string, string>> = {}): string[] {
  const settings = {
    ...place,
    max_connections: '300',
    shared_buffers: '256MB',
    ...(quick ? NOT_DURABLE : COMMIT_TIMES),
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
