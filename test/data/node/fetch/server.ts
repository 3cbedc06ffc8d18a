/** A local server for one test, with a log of what it was asked. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Asked {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export type Handler = (response: ServerResponse, asked: Asked, index: number) => void;

export interface Server {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Cuts every connection. */
  cut(): void;
}

export async function serve(handler: Handler): Promise<Server> {
  const asked: Asked[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const seen = { url: request.url ?? '', headers: request.headers };
    asked.push(seen);
    handler(response, seen, asked.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, cut: (): void => server.closeAllConnections() };
}

/**
 * Answers as a server does that honours ranges, for the version of the file with this tag.
 * @param pauseAt sends no byte from here on, and leaves the connection open: cut it when those before have arrived
 */
export function send(response: ServerResponse, { headers }: Asked, body: Uint8Array, etag: string, pauseAt?: number): void {
  const match = /^bytes=(\d+)-$/.exec(headers.range ?? '');
  const resumed = match !== null && headers['if-range'] === etag;
  const first = resumed ? Number(match[1]) : 0;
  response.writeHead(resumed ? 206 : 200, {
    etag, 'content-length': body.length - first,
    ...(resumed ? { 'content-range': `bytes ${first}-${body.length - 1}/${body.length}` } : {}),
  });
  if (pauseAt === undefined || pauseAt >= body.length) response.end(body.subarray(first));
  else response.write(body.subarray(first, pauseAt));
}
