import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { onTestFinished } from 'vitest';
import { CERTIFICATE, CERTIFICATE_KEY } from './certificate.ts';

export interface ReceivedMail {
  from: string;
  to: string[];
  /** Headers and text as they came over the wire. */
  raw: string;
  secure: boolean;
  user: string | undefined;
}

/** A real SMTP server on this machine, until the test ends. */
export async function mailServer(options: SMTPServerOptions = {}): Promise<{ port: number; mails: ReceivedMail[] }> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    key: CERTIFICATE_KEY,
    cert: CERTIFICATE,
    closeTimeout: 1,
    onAuth: ({ username }, _session, done) => done(null, { user: username }),
    onData: (stream, session, done) => {
      let raw = '';
      stream.setEncoding('utf8').on('data', (text) => {
        raw += text;
      });
      stream.once('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          raw,
          secure: session.secure,
          user: session.user as string | undefined,
        });
        done();
      });
    },
    ...options,
  });
  // a client that gives up in the middle of it
  server.on('error', () => {});
  await listening(server.listen(0, '127.0.0.1'));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as AddressInfo).port, mails };
}

export interface ReceivedPost {
  headers: IncomingHttpHeaders;
  url: string;
  body: string;
}

/**
 * A real HTTP or HTTPS server on this machine, until the test ends. `answer` gets each request once it is complete.
 */
export async function webhookServer(
  answer: (response: ServerResponse, post: ReceivedPost) => void = (response) => response.end('thanks'),
  secure = false,
): Promise<{ port: number; origin: string; posts: ReceivedPost[] }> {
  const posts: ReceivedPost[] = [];
  const listener = (request: import('node:http').IncomingMessage, response: ServerResponse) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text) => {
      body += text;
    });
    request.once('end', () => {
      const post = { headers: request.headers, url: request.url ?? '', body };
      posts.push(post);
      answer(response, post);
    });
  };
  const server: HttpServer = secure
    ? createHttpsServer({ key: CERTIFICATE_KEY, cert: CERTIFICATE }, listener)
    : createHttpServer(listener);
  await listening(server.listen(0, '127.0.0.1'));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, origin: `${secure ? 'https' : 'http'}://127.0.0.1:${port}`, posts };
}

/** A port of this machine where nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createHttpServer().listen(0, '127.0.0.1');
  await listening(server);
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(server: Server): Promise<void> {
  if (!server.listening) await once(server, 'listening');
}
