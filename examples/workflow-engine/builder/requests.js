/**
 * Makes a request to the server of this page.
 * @param {'GET' | 'POST' | 'PUT'} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<any>} the JSON of the response
 * @throws Error with the `status` of the response unless it is 2xx
 */
export async function ask(method, path, body) {
  const response = await globalThis.fetch(path, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const json = await response.json();
  if (!response.ok) throw Object.assign(new Error(json.error), { status: response.status });
  return json;
}
