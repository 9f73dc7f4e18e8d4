/** Inputs that can be submitted, as bodies of requests. Nothing is held in memory that the caller does not hold. */

/** Lines without their line ends. */
type Lines = Iterable<string> | AsyncIterable<string>;
/** A file as it is, in pieces. */
type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * - a string or a `Blob` (such as a `File`): a whole file
 * - an array of strings: one operation each
 * - another iterable, async or not, or a stream: strings are one operation each, bytes are pieces of a file. It can be read only once,
 *   so the upload cannot be sent again when the connection breaks
 * - a function that returns one of those: the function is called for each try
 */
export type SubmitInput = string | Blob | readonly string[] | OneTimeInput | (() => OneTimeInput);
export type OneTimeInput = Lines | Pieces | ReadableStream<Uint8Array>;

export type RequestBody = string | Blob | ReadableStream<Uint8Array>;

export interface UploadBody {
  /** Makes the body of one try. */
  readonly make: () => RequestBody;
  readonly isRepeatable: boolean;
  /** The error of reading the input; undefined: none. */
  readonly readFailure: () => { readonly error: unknown } | undefined;
}

/** Bytes of lines that are sent together. */
const blockBytes = 64 * 1024;

export function toUploadBody(input: SubmitInput): UploadBody {
  let failure: { readonly error: unknown } | undefined;
  const onFailure = (error: unknown): void => void (failure ??= { error });
  const isOneTime = typeof input === 'object' && !(input instanceof Blob) && !Array.isArray(input);
  return {
    make: () => toBody(input, onFailure),
    isRepeatable: !isOneTime,
    readFailure: () => failure,
  };
}

function toBody(input: SubmitInput, onFailure: (error: unknown) => void): RequestBody {
  if (typeof input === 'string' || input instanceof Blob) return input;
  return toStream(typeof input === 'function' ? input() : input, onFailure);
}

function toStream(input: OneTimeInput, onFailure: (error: unknown) => void): ReadableStream<Uint8Array> {
  if (input instanceof ReadableStream) return input;
  const blocks = toBlocks(input);
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await blocks.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        onFailure(error);
        throw error;
      }
    },
    async cancel() {
      await blocks.return();
    },
  });
}

async function* toBlocks(input: Lines | Pieces): AsyncGenerator<Uint8Array, void, void> {
  const encoder = new TextEncoder();
  let lines = '';
  for await (const part of input) {
    if (typeof part !== 'string') {
      yield part;
      continue;
    }
    lines += toLine(part);
    if (lines.length < blockBytes) continue;
    yield encoder.encode(lines);
    lines = '';
  }
  if (lines !== '') yield encoder.encode(lines);
}

/** A line end within an operation would shift the numbers of all lines after it. */
function toLine(text: string): string {
  if (/[\r\n]/.test(text))
    throw new TypeError(`an operation contains a line end: ${JSON.stringify(text.slice(0, 80))}`);
  return `${text}\n`;
}
