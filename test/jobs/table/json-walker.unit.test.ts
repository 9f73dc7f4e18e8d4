import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeName } from '../../../src/jobs/table/json-row.ts';
import { JsonWalker, nestingMax } from '../../../src/jobs/table/json-walker.ts';
import { cellKind } from '../../../src/jobs/table/row-cells.ts';

interface Walk {
  /** Name, text of the value and its kind. */
  readonly members: [string, string, number][];
  readonly closing: number;
  readonly problem: string | undefined;
}

function walk(row: string): Walk {
  const walker = new JsonWalker();
  // The bytes around the row must not be read.
  const bytes = Buffer.from(`"{,${row}}]":1`);
  const members: [string, string, number][] = [];
  walker.open(bytes, 3, bytes.length - 5);
  while (walker.next()) {
    const value = bytes.subarray(walker.valueStart, walker.valueEnd).toString();
    members.push([decodeName(bytes, walker), value, walker.valueKind]);
  }
  return { members, closing: walker.closing, problem: walker.problem };
}

function isObject(row: string): boolean {
  try {
    const value: unknown = JSON.parse(row);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

describe('walk of a JSON object', () => {
  const { plain, absent, jsonNumber, jsonEscapes, jsonOther } = cellKind;
  const cases: [string, Walk['members']][] = [
    ['{}', []],
    [' { } ', []],
    ['{"a":1}', [['a', '1', jsonNumber]]],
    [
      '{"a":-0.10e+05 ,\t"b" : 100000000000000000000.000}',
      [
        ['a', '-0.10e+05', jsonNumber],
        ['b', '100000000000000000000.000', jsonNumber],
      ],
    ],
    [
      '{"a":"x","b":"","c":"\\"\\u00e9"}',
      [
        ['a', 'x', plain],
        ['b', '', plain],
        ['c', '\\"\\u00e9', jsonEscapes],
      ],
    ],
    [
      '{"a":null,"b":true,"c":false}',
      [
        ['a', 'null', absent],
        ['b', 'true', jsonOther],
        ['c', 'false', jsonOther],
      ],
    ],
    [
      '{"a":{"b":[1,{"c":"}"}],"d":{}},"e":[]}',
      [
        ['a', '{"b":[1,{"c":"}"}],"d":{}}', jsonOther],
        ['e', '[]', jsonOther],
      ],
    ],
    [
      '{"\\u0061":1,"größe":2,"":3,"a\\"b":4}',
      [
        ['a', '1', jsonNumber],
        ['größe', '2', jsonNumber],
        ['', '3', jsonNumber],
        ['a"b', '4', jsonNumber],
      ],
    ],
  ];
  for (const [row, members] of cases) {
    it(`finds the members of ${row}`, () => {
      const walked = walk(row);
      assert.deepEqual(walked.members, members);
      assert.equal(walked.problem, undefined);
      assert.equal(walked.closing, 3 + Buffer.byteLength(row.trimEnd()) - 1);
    });
  }

  const wrong: [string, RegExp][] = [
    ['', /not a JSON object/],
    ['[]', /not a JSON object/],
    ['null', /not a JSON object/],
    ['{', /not complete/],
    ['{"a"', /not complete/],
    ['{"a":', /not complete/],
    ['{"a":1', /not complete/],
    ['{"a":"x', /not complete/],
    ['{"a":tru', /not complete/],
    ['{"a":1,}', /byte 8 does not belong/],
    ['{,"a":1}', /byte 2/],
    ['{"a" 1}', /byte 6/],
    ['{"a":1 "b":2}', /byte 8/],
    ['{"a":1}}', /byte 8/],
    ['{a:1}', /byte 2/],
    ["{'a':1}", /byte 2/],
    ['{"a":01}', /byte 7/],
    ['{"a":.5}', /byte 6/],
    ['{"a":+1}', /byte 6/],
    ['{"a":1.}', /byte 8/],
    ['{"a":1e}', /byte 8/],
    ['{"a":-}', /byte 7/],
    ['{"a":NaN}', /byte 6/],
    ['{"a":"\t"}', /byte 7/],
    ['{"a":"\\x"}', /byte 8/],
    ['{"a":"\\u12g4"}', /byte 11/],
    ['{"a":[1,]}', /byte 9/],
    ['{"a":[1}}', /byte 8/],
    ['{"a":{"b"}}', /byte 10/],
    ['{"a":{1:2}}', /byte 7/],
    ['{"a":{"b":1,}}', /byte 13/],
  ];
  for (const [row, message] of wrong) {
    it(`refuses ${row}`, () => {
      assert.match(walk(row).problem ?? '', message);
      assert.equal(walk(row).closing, -1);
      assert.equal(isObject(row), false);
    });
  }

  it('takes as many levels as it says, and no more', () => {
    const nested = (levels: number, open: string, close: string) =>
      `{"a":${open.repeat(levels)}1${close.repeat(levels)}}`;
    for (const [open, close] of [
      ['[', ']'],
      ['{"b":', '}'],
    ] as const) {
      assert.equal(walk(nested(nestingMax, open, close)).problem, undefined);
      assert.match(walk(nested(nestingMax + 1, open, close)).problem ?? '', /more than 1000 deep/);
    }
    assert.match(walk(`{"a":${'['.repeat(1024 * 1024)}`).problem ?? '', /more than 1000 deep/);
  });

  it('property: takes what JSON.parse takes, and finds the same members', () => {
    const spaced = fc.tuple(fc.object({ maxDepth: 3 }), fc.constantFrom(undefined, 1, '\t')).map(([value, space]) => {
      return JSON.stringify(value, undefined, space);
    });
    fc.assert(
      fc.property(spaced, (row) => {
        const { members, problem } = walk(row);
        assert.equal(problem, undefined);
        const found = Object.fromEntries(members.map(([name, text, kind]) => [name, readValue(text, kind)]));
        const named = Object.entries(JSON.parse(row) as object).map(([name, value]) => [name.normalize('NFC'), value]);
        assert.deepEqual(found, Object.fromEntries(named));
      }),
      { numRuns: 1_000 },
    );
  });

  it('property: refuses what JSON.parse refuses', () => {
    const unit = fc.constantFrom(
      ...Array.from('{}[]",:\\/ \t019.eE+-aunl'),
      'true',
      'null',
      '"a"',
      '"a":',
      '\\u00e9',
      'é',
    );
    const rows = fc.oneof(
      fc.string({ unit, maxLength: 12 }),
      fc.string({ unit, maxLength: 8 }).map((text) => `{"a":${text}}`),
      fc.string({ unit, maxLength: 8 }).map((text) => `{"a":"${text}"}`),
    );
    fc.assert(
      fc.property(rows, (row) => assert.equal(walk(row).problem === undefined, isObject(row))),
      { numRuns: 20_000 },
    );
  });
});

function readValue(text: string, kind: number): unknown {
  return JSON.parse(kind === cellKind.plain || kind === cellKind.jsonEscapes ? `"${text}"` : text);
}
