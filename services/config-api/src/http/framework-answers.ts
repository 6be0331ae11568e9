import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asProblem, problemDocument, sendProblem, SHARED_HEADERS } from './error-handler.ts';
import { ProblemError } from './problem-error.ts';

/**
 * Fastify options for errors that occur in Fastify or Node before a request reaches a route or a hook. These errors
 * become problem documents too, and do not repeat the path.
 */
export const FRAMEWORK_ANSWERS = {
  frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void => {
    sendProblem(reply, asProblem(error));
  },
  clientErrorHandler: answerUnreadable,
  // While the server stops, the hook `onRequest` below responds instead.
  return503OnClosing: false,
  http: { requireHostHeader: false },
};

const UNREADABLE = new ProblemError(400, 'bad_request', 'The request is not well-formed HTTP/1.1');
const UNREADABLE_BY_CODE: Partial<Record<string, ProblemError>> = {
  ERR_HTTP_REQUEST_TIMEOUT: new ProblemError(408, 'request_timeout', 'The request took too long to arrive'),
  HPE_HEADER_OVERFLOW: new ProblemError(
    431,
    'request_header_fields_too_large',
    'The request line and the headers together are larger than 16 KiB',
  ),
};

/**
 * Responds to a request that Node cannot parse or that takes too long to arrive, then closes the connection, because
 * the bytes that follow cannot be interpreted.
 */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) {
    const problem = UNREADABLE_BY_CODE[error.code ?? ''] ?? UNREADABLE;
    const body = JSON.stringify(problemDocument(problem));
    const headers = {
      ...SHARED_HEADERS,
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('')}\r\n${body}`,
    );
  }
  socket.destroy(error);
}

/** Installs hooks for requests to which Node or Fastify would respond with their own body or without a body. */
export function installFrameworkAnswers(app: FastifyInstance): void {
  let stopping = false;
  app.addHook('preClose', (done) => {
    stopping = true;
    done();
  });
  app.addHook('onRequest', (request, _reply, done) => {
    // RFC 9112, section 3.2 requires Host; HTTP/1.0 does not.
    if (request.raw.httpVersion === '1.1' && request.headers.host === undefined) {
      return done(new ProblemError(400, 'bad_request', 'The request has no Host header'));
    }
    return done(stopping ? stoppingProblem() : undefined);
  });
  // RFC 9110, section 10.1.1 permits a server to ignore an expectation that it does not support.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
}

function stoppingProblem(): ProblemError {
  return new ProblemError(503, 'stopping', 'This instance is stopping; send the request again', {
    headers: { 'retry-after': '1', connection: 'close' },
  });
}
