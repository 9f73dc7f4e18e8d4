/**
 * Submits one-line jobs as fast as the server takes them, each in a request of its own, over a number of kept connections
 * that each wait for one response before they send the next request. It reads no more of a response than it has to: the
 * load shares the cores with the server that it measures.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const headEnd = '\r\n\r\n';
/** Connections over which finished jobs are read. */
const readers = 16;

/** One response after the other from a connection without pipelining; each has a Content-Length. */
class Connection {
  readonly #socket: Socket;
  #received = '';
  #onResponse: { readonly resolve: (response: string) => void; readonly reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket.setEncoding('latin1').setNoDelay();
    socket.on('data', (part: string) => this.#take(part));
    socket.on('error', (error) => this.#onResponse?.reject(error));
    socket.on('close', () => this.#onResponse?.reject(new Error('The server closed the connection.')));
  }

  static async open(url: string): Promise<Connection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new Connection(socket);
  }

  /** Sends a whole request; resolves with the whole response. */
  exchange(request: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#onResponse = { resolve, reject };
      this.#socket.write(request, 'latin1');
    });
  }

  close(): void {
    this.#onResponse = undefined;
    this.#socket.destroy();
  }

  #take(part: string): void {
    this.#received += part;
    const bodyStart = this.#received.indexOf(headEnd) + headEnd.length;
    if (bodyStart < headEnd.length) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#received)?.[1]);
    if (this.#received.length < bodyStart + length) return;
    const response = this.#received;
    this.#received = '';
    this.#onResponse?.resolve(response);
  }
}

/** Submits each line as a job over so many connections; resolves with the ids when all are accepted. */
export async function submitOneByOne(
  url: string,
  lines: readonly string[],
  connections: number,
  token?: string,
): Promise<string[]> {
  const { host } = new URL(url);
  const requests = lines.map(
    (line) =>
      `POST /api/jobs HTTP/1.1\r\nHost: ${host}${authorize(token)}\r\nContent-Type: text/plain\r\nContent-Length: ${line.length}${headEnd}${line}`,
  );
  const bodies = await exchangeAll(url, requests, connections, '201');
  return bodies.map((body) => (JSON.parse(body) as { readonly id: string }).id);
}

/** The documents of these jobs, in order, each read when the job is finished. */
export async function readOneByOne(url: string, ids: readonly string[], token?: string): Promise<string[]> {
  const { host } = new URL(url);
  const requests = ids.map(
    (id) => `GET /api/jobs/${id}?wait=60 HTTP/1.1\r\nHost: ${host}${authorize(token)}${headEnd}`,
  );
  return exchangeAll(url, requests, readers, '200');
}

/** The time of each request in milliseconds, one after the other over one connection. */
export async function timeRequests(url: string, path: string, tokens: readonly string[]): Promise<number[]> {
  const { host } = new URL(url);
  const connection = await Connection.open(url);
  const times: number[] = [];
  for (const token of tokens) {
    const request = `GET ${path} HTTP/1.1\r\nHost: ${host}${authorize(token)}${headEnd}`;
    const startedAt = performance.now();
    await connection.exchange(request);
    times.push(performance.now() - startedAt);
  }
  connection.close();
  return times;
}

function authorize(token: string | undefined): string {
  return token === undefined ? '' : `\r\nAuthorization: Bearer ${token}`;
}

/** Sends every request over so many connections; the bodies of the responses, in order. */
async function exchangeAll(url: string, requests: readonly string[], connections: number, status: string) {
  const bodies: string[] = [];
  const remaining = requests.entries();
  const work = async (): Promise<void> => {
    const connection = await Connection.open(url);
    for (const [index, request] of remaining) {
      const response = await connection.exchange(request);
      if (!response.startsWith(`HTTP/1.1 ${status} `)) throw new Error(`The response is not ${status}: ${response}`);
      bodies[index] = response.slice(response.indexOf(headEnd) + headEnd.length);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, work));
  return bodies;
}
