/** Superuser of the cluster; no password, since it listens on loopback only and its data are thrown away. */
export const POSTGRES_USER = 'hookline';

/** The builtin provider knows its own C.UTF-8, whatever locales the machine has. */
export const INITDB_ARGS = [
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--no-sync',
];

/** For data that nobody needs after a crash of the machine. */
const NOT_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * Arguments of `postgres`.
 * @param quick start-up speed before durability
 * @param place more settings: where it listens
 */
export function serverArgs(quick: boolean, place: Readonly<Record<string, string>> = {}): string[] {
  const settings = {
    ...place,
    max_connections: '300',
    shared_buffers: '256MB',
    ...(quick ? NOT_DURABLE : {}),
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
