import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  addErrors,
  countErrors,
  encodeCellError,
  encodeErrorLine,
  errorCodesMax,
  joinErrors,
  noErrors,
  readErrorCounts,
  sumErrors,
  type ErrorCounts,
} from '../../src/jobs/index.ts';

const codes = fc.constantFrom('DIV0', 'DOMAIN', 'EMPTY', 'SYNTAX', 'TOO_LONG');
/** In the order of the codes, as all counts are. */
const counts: fc.Arbitrary<ErrorCounts> = fc
  .dictionary(codes, fc.integer({ min: 1, max: 512 }), { noNullPrototype: true })
  .map((errors) => addErrors([{ errors, times: 1 }]));
const messages = fc.string({ unit: 'binary', maxLength: 20 });
const results = fc.string({ unit: 'grapheme-ascii', maxLength: 8 }).filter((text) => !text.startsWith('!'));

function count(text: string, failed = Infinity): ErrorCounts {
  return countErrors(new TextEncoder().encode(text), failed);
}

function errorOf(code: string, message: string) {
  return { code, message, column: 1, endColumn: 2 };
}

describe('the errors of a chunk', () => {
  it('are counted wherever they stand', () => {
    assert.deepEqual(count('3\n!DIV0 3 4 Division by zero.\n!EMPTY 0 0 Nothing.\n!DIV0 1 2 Again.\n4\n'), {
      DIV0: 2,
      EMPTY: 1,
    });
  });

  it('count for a row once, under the first formula that failed', () => {
    assert.deepEqual(count('!\t\t12\t!DIV0 1 2 a\t!DOMAIN 1 2 b\n1\t2\t3\n!QUOTE 1 2 c\n!\t!EMPTY 0 0 d\t5\n'), {
      DIV0: 1,
      EMPTY: 1,
      QUOTE: 1,
    });
  });

  it('are read no further than the text goes', () => {
    for (const text of ['', '1\n2', '!', '!\n', '!\t', '!\t1\n', '! 1 2 a\n', '!lower 1 2 a\n']) {
      assert.deepEqual(count(text, 3), {}, JSON.stringify(text));
    }
    assert.deepEqual(count('!DIV0 3 4 Division by zero.', 3), { DIV0: 1 });
  });

  it('are those of the encoded lines', () => {
    const line = fc.oneof(
      results.map((text) => ({ text: `${text.replaceAll('\n', ' ')}\n`, code: undefined })),
      fc.tuple(codes, messages).map(([code, message]) => ({ text: encodeErrorLine(errorOf(code, message)), code })),
      fc.tuple(fc.nat(3), codes, messages).map(([before, code, message]) => ({
        text: `!\t${'7\t'.repeat(before)}${encodeCellError(errorOf(code, message))}\t8\n`,
        code,
      })),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const expected: Record<string, number> = {};
        for (const { code } of lines) if (code !== undefined) expected[code] = (expected[code] ?? 0) + 1;
        const failed = lines.filter(({ code }) => code !== undefined).length;
        const read = count(lines.map(({ text }) => text).join(''), failed);
        assert.deepEqual(read, expected);
        assert.equal(sumErrors(read), failed);
      }),
    );
  });
});

describe('sums of error counts', () => {
  it('are the same in any order, and written alike', () => {
    fc.assert(
      fc.property(counts, counts, counts, (a, b, c) => {
        const sum = joinErrors(joinErrors(a, b), c);
        assert.equal(JSON.stringify(joinErrors(c, joinErrors(b, a))), JSON.stringify(addErrors([a, b, c].map(once))));
        assert.equal(sumErrors(sum), sumErrors(a) + sumErrors(b) + sumErrors(c));
      }),
    );
  });

  it('take what is the same many times at once', () => {
    assert.deepEqual(addErrors([{ errors: { DIV0: 2, EMPTY: 1 }, times: 3 }]), { DIV0: 6, EMPTY: 3 });
    assert.deepEqual(joinErrors({ DIV0: 1 }, undefined), { DIV0: 1 });
  });

  it('have a bound: further codes are left out', () => {
    const many = (from: number) =>
      Object.fromEntries(Array.from({ length: errorCodesMax }, (_, index) => [`CODE${from + index}`, 1]));
    const sum = joinErrors(many(0), many(1));
    assert.equal(Object.keys(sum).length, errorCodesMax);
    assert.equal(sum['CODE1'], 2);
  });
});

describe('error counts from outside', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(counts, (errors) => {
        assert.deepEqual(readErrorCounts(JSON.parse(JSON.stringify(errors)), sumErrors(errors)), errors);
      }),
    );
  });

  it('are refused when no lines can have them', () => {
    const many = Object.fromEntries(Array.from({ length: errorCodesMax + 1 }, (_, index) => [`CODE${index}`, 1]));
    const wrong = [
      null,
      [],
      'DIV0',
      7,
      { DIV0: 0 },
      { DIV0: -1 },
      { DIV0: 1.5 },
      { DIV0: '1' },
      { div0: 1 },
      { '': 1 },
    ];
    for (const value of [...wrong, { DIV0: 101 }, { DIV0: 60, EMPTY: 60 }, many, JSON.parse('{"__proto__": 1}')]) {
      assert.equal(readErrorCounts(value, 100), undefined, JSON.stringify(value));
    }
    assert.equal(readErrorCounts({}, 0), noErrors);
  });
});

function once(errors: ErrorCounts) {
  return { errors, times: 1 };
}
