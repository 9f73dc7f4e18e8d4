/**
 * Other readers of CSV on the same files: csv-parse always, Python's csv where python3 is there. They say the same of every
 * row, but for rows that have a typed error here; and after a quote that is never closed they read another file.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { findForeignEncoding, type Delimiter } from '../../../src/jobs/index.ts';
import { latin1, readRows, splitFile } from './table-files.ts';

interface Sample {
  readonly delimiter: Delimiter;
  readonly file: Uint8Array;
}

/** A file as this scanner reads it: `undefined` stands for a row with QUOTE. */
interface Reading {
  readonly rows: readonly (readonly string[] | undefined)[];
  /** Rows before the first quote that is never closed: later rows are not comparable. */
  readonly comparable: number;
}

function read({ file, delimiter }: Sample): Reading {
  const split = splitFile(file, { delimiter, hasHeader: true });
  assert.equal(split.headFault, undefined);
  const broken = split.chunks.flatMap((chunk) => chunk.faults.map((fault) => fault.line));
  const rows = readRows(split).map(({ cells, fault }) => (fault === 'QUOTE' ? undefined : cells));
  return { rows, comparable: (broken[0] ?? rows.length + 1) - 1 };
}

const delimiter = fc.constantFrom<Delimiter>(',', ';', '\t', '|');
const content = fc.oneof(
  fc.constantFrom('', '1', '12.50', ' ', 'x', 'größe', '日本', "'", '=1+2', 'a b', '-', '\ufeff'),
  fc.string({ maxLength: 8, unit: fc.constantFrom('"', ',', ';', '\t', '|', '\n', '\r\n', 'a', '1', ' ') }),
);

function writeCell(text: string, delimiter: Delimiter, isQuoted: boolean): string {
  const needsQuotes = isQuoted || text.startsWith('"') || /[\r\n]/.test(text) || text.includes(delimiter);
  return needsQuotes ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Many columns in the header, so that the reader keeps all cells of ragged rows. */
const header = (delimiter: Delimiter): string => Array.from({ length: 64 }, (_, index) => `c${index}`).join(delimiter);

const generated = delimiter.chain((delimiter) => {
  const cell = fc.tuple(content, fc.boolean()).map(([text, isQuoted]) => writeCell(text, delimiter, isQuoted));
  const row = fc.array(cell, { minLength: 1, maxLength: 6 }).map((cells) => cells.join(delimiter));
  const rows = fc.array(fc.tuple(row, fc.constantFrom('\n', '\r\n')), { maxLength: 12 });
  return fc.tuple(rows, fc.boolean()).map(([rows, hasLastEnd]) => {
    const text = rows.map(([row, end]) => `${row}${end}`).join('');
    const body = hasLastEnd ? text : text.replace(/\r?\n$/, '');
    return { delimiter, file: Buffer.from(`${header(delimiter)}\n${body}`) };
  });
});

/** Bytes put in the place of others, after the header. */
const mutated = fc
  .tuple(
    generated,
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 2 }), fc.constantFrom('"', '"', '""', '\n', '\r\n', ',', 'z')), {
      maxLength: 6,
    }),
  )
  .map(([{ delimiter, file }, changes]): Sample => {
    const [first = '', ...rest] = latin1(file).split('\n');
    let body = rest.join('\n');
    for (const [place, removed, added] of changes) {
      const at = place % (body.length + 1);
      body = body.slice(0, at) + added + body.slice(at + removed);
    }
    // A CR that is not part of CRLF ends a row in Python, and is content here.
    return { delimiter, file: Buffer.from(`${first}\n${body.replaceAll(/\r(?!\n)/g, '')}`, 'latin1') };
  });

function parseElsewhere({ file, delimiter }: Sample): string[][] | undefined {
  try {
    return parse(latin1(file), {
      delimiter,
      relax_quotes: true,
      relax_column_count: true,
      record_delimiter: ['\r\n', '\n'],
      from: 2,
    });
  } catch (error) {
    assert.match(String(error), /Quote Not Closed/);
    return undefined;
  }
}

function compare(
  sample: Sample,
  { rows, comparable }: Reading,
  others: readonly (readonly string[])[],
  name: string,
): void {
  const shown = JSON.stringify(latin1(sample.file).slice(header(sample.delimiter).length));
  if (comparable === rows.length)
    assert.equal(others.length, rows.length, `${name}: the same number of rows of ${shown}`);
  for (let index = 0; index < comparable; index += 1) {
    const row = rows[index];
    if (row !== undefined) assert.deepEqual(row, others[index], `${name}: row ${index + 1} of ${shown}`);
  }
}

describe('csv-parse', () => {
  it('property: finds the same cells in generated files', () => {
    fc.assert(
      fc.property(generated, (sample) => {
        const reading = read(sample);
        assert.ok(reading.rows.every((row) => row !== undefined));
        const others = parseElsewhere(sample);
        assert.ok(others !== undefined);
        compare(sample, reading, others, 'csv-parse');
      }),
      { numRuns: 1_000 },
    );
  });

  it('property: finds the same cells in mutated files, or there is a typed error', () => {
    fc.assert(
      fc.property(mutated, (sample) => {
        fc.pre(findForeignEncoding(sample.file) === undefined);
        const reading = read(sample);
        const others = parseElsewhere(sample);
        if (others === undefined)
          assert.ok(reading.rows.includes(undefined), 'a quote that is not closed is an error here too');
        else compare(sample, reading, others, 'csv-parse');
      }),
      { numRuns: 3_000 },
    );
  });
});

/** Reads lines of JSON with the bytes of a file each, as characters; writes the rows of each as a line of JSON. */
const script = `
import csv, io, json, sys
csv.field_size_limit(1 << 30)
for line in sys.stdin:
    delimiter, text = json.loads(line)
    rows = list(csv.reader(io.StringIO(text, newline=''), delimiter=delimiter))
    print(json.dumps([row if row else [''] for row in rows[1:]]))
`;

function readInPython(samples: readonly Sample[]): string[][][] {
  const input = samples.map(({ delimiter, file }) => `${JSON.stringify([delimiter, latin1(file)])}\n`).join('');
  const { stdout, stderr, status } = spawnSync('python3', ['-c', script], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  assert.equal(status, 0, stderr);
  const lines = stdout.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as string[][]);
}

const hasPython = spawnSync('python3', ['-c', 'import csv']).status === 0;

describe("Python's csv", { skip: hasPython ? false : 'python3 is not installed' }, () => {
  for (const [name, files] of [
    ['generated', generated],
    ['mutated', mutated],
  ] as const) {
    it(`finds the same cells in ${name} files, or there is a typed error`, () => {
      const samples: Sample[] = fc.sample(files, 2_000);
      const others = readInPython(samples);
      assert.equal(others.length, samples.length);
      for (const [index, sample] of samples.entries()) compare(sample, read(sample), others[index] ?? [], 'Python');
    });
  }
});
