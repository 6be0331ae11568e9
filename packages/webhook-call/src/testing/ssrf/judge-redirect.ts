import { classify } from '../../outcome/classify.ts';
import type { KeyAndCertificate } from '../raw-server.ts';
import { startRawServer } from '../raw-server.ts';
import { prepare, startCaller } from '../test-caller.ts';
import { fieldOf, type Judge } from './ssrf-case.ts';

/**
 * Decides cases of kind `redirect`: `base` responds with `status` and `input` as its Location; all names resolve to one
 * server. A case is accepted if the redirect was followed: the response is not the redirect, or the server received
 * more than one request.
 */
export function createRedirectJudge(tls: KeyAndCertificate): Judge {
  return async (ssrfCase) => {
    const base = new URL(fieldOf(ssrfCase, 'base'));
    const status = fieldOf(ssrfCase, 'status');
    const redirect = `HTTP/1.1 ${status} Moved\r\nlocation: ${ssrfCase.input}\r\ncontent-length: 0\r\n\r\n`;
    await using server = await startRawServer(
      (socket) => void socket.write(redirect),
      base.protocol === 'https:' ? { tls } : {},
    );
    const here = { a: ['127.0.0.1'] };
    const caller = await startCaller({
      'hooks.example.com': here,
      'sub.hooks.example.com': here,
      'other.example.org': here,
      'evil.example.org': here,
    });
    base.port = String(server.port);
    const result = await caller.call(prepare(base.href), { sslVerify: false });
    // Waits until the caller is closed, because it has sent any further request by then.
    await caller[Symbol.asyncDispose]();

    const isRedirect = result.kind === 'response' && result.status === status;
    if (!isRedirect || server.requests.length !== 1) return 'accept';
    const { errorType, retryable } = classify(result, 0);
    if (errorType !== 'client_error' || retryable) {
      throw new Error(`${ssrfCase.id} ended as ${errorType}, not as a final client_error`);
    }
    return 'reject';
  };
}
