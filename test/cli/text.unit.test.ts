import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { showError } from '../../src/cli/show-error.ts';
import { displayWidth, formatBytes, formatDuration, formatTable } from '../../src/cli/text.ts';
import { printable } from '../../src/printable.ts';

describe('showError', () => {
  const message = 'It is wrong.';

  it('marks the whole place', () => {
    const shown = showError('1 + foo(2)', { code: 'UNKNOWN', message, column: 5, endColumn: 8 });
    assert.equal(shown, '  1 + foo(2)\n      ^^^\nUNKNOWN: It is wrong. (column 5)');
  });

  it('marks the end of the line', () => {
    const shown = showError('1 +', { code: 'SYNTAX', message, column: 4, endColumn: 4 });
    assert.equal(shown, '  1 +\n     ^\nSYNTAX: It is wrong. (column 4)');
  });

  it('marks nothing when there is no place', () => {
    assert.equal(showError('1', { code: 'BUDGET', message, column: 0, endColumn: 0 }), '  1\nBUDGET: It is wrong.');
  });

  it('stays below characters of other widths, and shows no control characters', () => {
    const shown = showError('１＋\t\u001b[2J$', { code: 'SYNTAX', message, column: 8, endColumn: 9 });
    assert.equal(shown, `  １＋\\u0009\\u001b[2J$\n  ${' '.repeat(19)}^\nSYNTAX: It is wrong. (column 8)`);
  });

  it('shows the surroundings of a place in a long line', () => {
    const line = `${'1+'.repeat(1000)}$${'+1'.repeat(1000)}`;
    const [shown = '', carets = ''] = showError(line, { code: 'SYNTAX', message, column: 2001, endColumn: 2002 }).split(
      '\n',
    );
    assert.ok(shown.length < 80);
    assert.match(shown, /^ {2}….*\$.*…$/);
    assert.equal(carets.indexOf('^'), shown.indexOf('$'));
  });

  it('marks as much of a long place as it shows', () => {
    const [shown = '', carets = ''] = showError('1'.repeat(5000), {
      code: 'LIMIT',
      message,
      column: 1,
      endColumn: 5001,
    }).split('\n');
    assert.ok(shown.length < 80 && carets.length <= shown.length);
  });
});

describe('text for people', () => {
  it('writes durations', () => {
    assert.deepEqual([0, 1, 59_001, 65_000, 3_600_000, 7_380_000].map(formatDuration), [
      '0 s',
      '1 s',
      '1 min 00 s',
      '1 min 05 s',
      '1 h 00 min',
      '2 h 03 min',
    ]);
  });

  it('writes sizes', () => assert.equal(formatBytes(1_234_567_890), '1,234.6 MB'));

  it('makes text of others safe to show', () => {
    assert.equal(printable('a\u001b[2J\r\nb\u202ec\u0085\ud800'), 'a\\u001b[2J\\u000d\\u000ab\\u202ec\\u0085\ufffd');
  });

  it('measures characters as terminals show them', () => {
    assert.deepEqual(['abc', '計算', 'e\u0301', '😀', 'π'].map(displayWidth), [3, 4, 1, 2, 1]);
  });

  it('aligns tables', () => {
    const columns = [
      { title: 'A', align: 'left' },
      { title: 'B', align: 'right' },
      { title: 'C', align: 'left' },
    ] as const;
    const table = formatTable(columns, [
      ['計算', '1', ''],
      ['x', '1,000', 'y'],
    ]);
    assert.equal(table, ['A         B  C', '計算      1', 'x     1,000  y'].join('\n'));
  });
});
