/** The lines of a response, without their ends, in batches as they arrive. */
export async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const text = rest + (value === undefined ? decoder.decode() : decoder.decode(value, { stream: true }));
      const lines = text.split('\n');
      rest = lines.pop() ?? '';
      if (lines.length > 0) yield lines;
      if (done) break;
    }
    if (rest !== '') yield [rest];
  } finally {
    await reader.cancel();
  }
}
