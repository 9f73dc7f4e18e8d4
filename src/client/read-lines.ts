/**
 * Reads the lines of a body while it arrives, those together that have come together. The last one counts only if it has its end: a
 * connection that breaks cuts lines.
 */
export async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<readonly string[], void, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      if (lines.length > 0) yield lines;
    }
  } finally {
    // A caller that stops early does not need the rest; a body that has failed cannot be cancelled any more.
    await reader.cancel().catch(() => undefined);
  }
}
