/** An upload with progress, which `fetch` does not report. */
import { noteLost, noteResponse } from './connection.ts';
import { ConnectionLostError, toError } from './errors.ts';
import { checkSession } from './sign-in.ts';
import { isUnauthenticated, noteSignedOut, untilSignedIn } from './session.ts';
import { resolveUrl, type Query } from './url.ts';

export interface UploadRequest {
  readonly path: string;
  readonly query: Query;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Blob;
  readonly signal: AbortSignal;
  /** Bytes of the body that are sent. */
  readonly onProgress: (bytes: number) => void;
}

/** Resolves to the body of the answer; while the user is signed out it waits, as `request` does. Throws `ProblemError`, `ConnectionLostError`, or the abort of the signal. */
export async function upload<Body>(options: UploadRequest): Promise<Body> {
  for (;;) {
    // A rejection in the middle of an upload can look like a lost connection, so the session is looked at before.
    await checkSession();
    await untilSignedIn(options.signal);
    const answer = await send(options);
    noteResponse();
    if (answer.status >= 200 && answer.status < 300) return JSON.parse(answer.text) as Body;
    const error = toError(answer.status, answer.contentType, answer.text);
    if (!isUnauthenticated(error)) throw error;
    noteSignedOut();
  }
}

interface Answer {
  readonly status: number;
  readonly contentType: string | null;
  readonly text: string;
}

function send({ path, query, headers, body, signal, onProgress }: UploadRequest): Promise<Answer> {
  const request = new XMLHttpRequest();
  const abort = (): void => request.abort();
  const answered = new Promise<Answer>((resolve, reject) => {
    request.upload.addEventListener('progress', ({ loaded }) => onProgress(loaded));
    request.addEventListener('load', () => resolve(readAnswer(request)));
    request.addEventListener('error', () => {
      noteLost();
      reject(new ConnectionLostError());
    });
    request.addEventListener('abort', () => reject(new DOMException('The upload was stopped.', 'AbortError')));
  });
  request.open('POST', resolveUrl(path, query));
  for (const [header, value] of Object.entries({ accept: 'application/json', ...headers })) {
    request.setRequestHeader(header, value);
  }
  signal.throwIfAborted();
  signal.addEventListener('abort', abort);
  request.send(body);
  return answered.finally(() => signal.removeEventListener('abort', abort));
}

function readAnswer(request: XMLHttpRequest): Answer {
  return {
    status: request.status,
    contentType: request.getResponseHeader('content-type'),
    text: request.responseText,
  };
}
