/** Common code of both processes of the baseline: their settings, and an HTTP server that answers when they are ready. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export function readSetting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is missing`);
  return value;
}

/** Listens on HTTP_PORT; a handler that fails is answered with 500. */
export async function listen(handler: Handler): Promise<void> {
  const server = createServer((request, response) => {
    handler(request, response).catch((error: unknown) => {
      console.error(error);
      if (!response.headersSent) response.statusCode = 500;
      response.end();
    });
  });
  server.listen(Number(readSetting('HTTP_PORT')), '127.0.0.1');
  await once(server, 'listening');
}
