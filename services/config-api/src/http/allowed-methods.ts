import type { FastifyInstance } from 'fastify';

/**
 * Collects the routes that are added after this call.
 * @returns a function that lists the methods of a path, sorted; the list is empty if no route has this path. For a path
 *   that is registered literally, such as `/webhook-executions/bulk`, routes that match it only by a parameter are
 *   ignored.
 */
export function collectMethods(app: FastifyInstance): (path: string) => string[] {
  const routes: { url: string; pattern: RegExp; methods: string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    routes.push({ url, pattern: patternOf(url), methods: [method].flat() });
  });
  return (path) => {
    const literal = routes.filter(({ url }) => url === path);
    const found = literal.length > 0 ? literal : routes.filter(({ pattern }) => pattern.test(path));
    return [...new Set(found.flatMap(({ methods }) => methods))].toSorted();
  };
}

/** Returns a pattern for the paths of a route. A parameter matches one segment, and `*` matches anything. */
function patternOf(url: string): RegExp {
  const source = url
    .split('/')
    .map((segment) => {
      if (segment.startsWith(':')) return '[^/]+';
      return segment === '*' ? '.*' : segment.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    })
    .join('/');
  return new RegExp(`^${source}$`);
}
