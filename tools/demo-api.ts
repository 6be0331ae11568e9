/** Client of the REST API with one key. */
export interface DemoApi {
  /** @throws Error with the problem document if the API responds with an error */
  call(method: 'GET' | 'POST', path: string, body?: object): Promise<Record<string, unknown>>;
  /** Sends a GET request; returns undefined for 404, because the resource may not exist yet. */
  find(path: string): Promise<Record<string, unknown> | undefined>;
}

export function demoApi(apiUrl: string, key: string): DemoApi {
  const send = async (method: string, path: string, body?: object): Promise<Response> =>
    fetch(apiUrl + path, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  const read = async (answer: Response, what: string): Promise<Record<string, unknown>> => {
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${what} responded with ${answer.status}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  };
  return {
    call: async (method, path, body) => read(await send(method, path, body), `${method} ${path}`),
    async find(path) {
      const answer = await send('GET', path);
      return answer.status === 404 ? undefined : read(answer, `GET ${path}`);
    },
  };
}
