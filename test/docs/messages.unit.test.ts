/** Messages that the pages quote are those of the programs: in tables whose first column is "Message", and in headings. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { listFiles, readText } from '../repository/files.ts';

const sources = listFiles()
  .filter((path) => /^src\/.*\.ts$/.test(path))
  .map(readText)
  .join('\n');

/** The quoted messages, each as the pieces between its `…`. */
function quotedMessages(text: string): string[][] {
  const tables = text.matchAll(/^\| Message .*\n\|[ :|-]+\n((?:\|.*\n)+)/gm);
  const rows = Array.from(tables, ([, body = '']) => body.trimEnd().split('\n')).flat();
  const headings = Array.from(text.matchAll(/^### Log: .*$/gm), ([heading]) => heading);
  const quotes = [...rows, ...headings].flatMap((row) =>
    Array.from((row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g), ([, quote = '']) => quote),
  );
  return quotes.map((quote) =>
    quote
      .split('…')
      .map((piece) => piece.trim())
      .filter((piece) => piece !== ''),
  );
}

describe('messages that the pages quote', () => {
  for (const page of ['docs/migrating.md', 'docs/commands.md', 'docs/troubleshooting.md']) {
    const quotes = quotedMessages(readText(page));

    it(`${page} has some`, () => {
      assert.ok(quotes.length >= 4, String(quotes.length));
    });

    for (const pieces of quotes) {
      it(`${page}: ${pieces.join(' … ')}`, () => {
        assert.deepEqual(
          pieces.filter((piece) => !sources.includes(piece)),
          [],
        );
      });
    }
  }

  it('deliberate fault: a message that no program writes', () => {
    const [pieces = []] = quotedMessages('| Message | Why |\n| --- | --- |\n| `… it answered … never` | x |\n');
    assert.deepEqual(pieces, ['it answered', 'never']);
    assert.deepEqual(
      pieces.filter((piece) => !'const text = `${url} it answered ${status}`;'.includes(piece)),
      ['never'],
    );
  });
});
