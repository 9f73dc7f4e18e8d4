import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { cancelledError } from '../../../src/jobs/index.ts';
import { cancelled, error, sliceOf, tableOf, writeTable, type Row, type Wanted } from './table-slices.ts';

const divided = error('DIV0', 'Division by zero.', 5);
const objects = tableOf({
  dialect: { format: 'ndjson' },
  head: '',
  hasHeader: false,
  columns: ['a'],
  formulas: ['total', 'net'],
});
const replacing = { ...objects, replaces: true };

function write(given: readonly Row[], table = objects, wanted: Wanted = {}): string {
  return writeTable(table, 'ndjson', [sliceOf(given)], wanted).toString();
}

suite('NDJSON rows with results', () => {
  test('members are added before the last brace, and all else stays', () => {
    const given: readonly Row[] = [
      { bytes: '{"a": 1.50}\n', ending: ['2.5', ''] },
      { bytes: ' { "a" : "}" , "b":{"c":[1,{}]} }\t \r\n', ending: ['1/3', 'true'] },
      { bytes: '{}\n', ending: ['1', '2'] },
      { bytes: '{ \t}', ending: ['1', '2'] },
    ];
    assert.equal(
      write(given),
      [
        '{"a": 1.50,"total":"2.5","net":null}',
        ' { "a" : "}" , "b":{"c":[1,{}]} ,"total":"1/3","net":"true"}\t \r',
        '{"total":"1","net":"2"}',
        '{ \t"total":"1","net":"2"}',
      ].join('\n'),
    );
    assert.match(
      write(given.slice(0, 2), objects, { hasBareNumbers: true }),
      /"total":2.5,.*\n.*"total":"1\/3","net":true}/,
    );
  });

  test('failed formulas are null, and their errors stand last', () => {
    assert.equal(
      write([{ bytes: '{"a":1}\r\n', ending: ['2', divided] }]),
      '{"a":1,"total":"2","net":null,"errors":{"net":{"code":"DIV0","message":"Division by zero.","column":5,"end_column":6}}}\r\n',
    );
    assert.equal(
      write([{ bytes: '{"a":1}\n', ending: ['2', divided] }], { ...objects, errorColumn: undefined }),
      '{"a":1,"total":"2","net":null}\n',
    );
  });

  test('a row that is rejected has its error for each formula; one that is no object becomes one', () => {
    const twice = error('SYNTAX', 'The member "a" is there twice.');
    const errors = '"errors":{"total":{"code":"SYNTAX","message":"The member \\"a\\" is there twice."},"net":{';
    const given: readonly Row[] = [
      { bytes: '{"a":1,"a":2}\n', ending: twice },
      { bytes: '[1,2]\r\n', ending: twice },
      { bytes: '{"a"\n', ending: twice },
      { bytes: '\n', ending: twice },
      { bytes: Buffer.from('{"a":"\xff"}\n', 'latin1'), ending: twice },
      { bytes: 'null', ending: twice },
    ];
    const lines = write(given).split('\n');
    assert.ok(lines[0]?.startsWith(`{"a":1,"a":2,"total":null,"net":null,${errors}`));
    assert.ok(lines[1]?.endsWith('}}}\r'));
    const requests = lines.slice(1).map((line) => (JSON.parse(line) as { request?: string }).request);
    assert.deepEqual(requests, ['[1,2]', '{"a"', '', undefined, 'null']);
    const { errors: shown } = JSON.parse(lines[1] ?? '') as { errors: object };
    assert.deepEqual(shown, {
      total: { code: 'SYNTAX', message: twice.message },
      net: { code: 'SYNTAX', message: twice.message },
    });
  });

  test('a cancelled row', () => {
    const slice = cancelled(
      sliceOf([
        { bytes: '{"a":1}\n', ending: [] },
        { bytes: 'x\n', ending: [] },
      ]),
    );
    const [first, second] = writeTable(objects, 'ndjson', [slice]).toString().split('\n');
    const failure = { code: 'CANCELLED', message: cancelledError.message };
    const expected = { total: null, net: null, errors: { total: failure, net: failure } };
    assert.deepEqual(JSON.parse(first ?? ''), { a: 1, ...expected });
    assert.deepEqual(JSON.parse(second ?? ''), { request: 'x', ...expected });
  });

  test('a byte order mark stays', () => {
    const table = { ...objects, head: Buffer.from('\ufeff') };
    assert.equal(write([{ bytes: '{}\n', ending: ['1', '2'] }], table), '\ufeff{"total":"1","net":"2"}\n');
  });
});

suite('members that are replaced', () => {
  test('get their value where they stand', () => {
    const given: readonly Row[] = [
      { bytes: '{"total" : "old" , "a":1,"net":null}\n', ending: ['2', '3'] },
      { bytes: '{"net":[{"total":1}],"b":{"net":1}}\n', ending: ['2', '3'] },
      { bytes: '{"t\\u006ftal":-1.5e3}\n', ending: ['', divided] },
    ];
    const failure = '"errors":{"net":{"code":"DIV0","message":"Division by zero.","column":5,"end_column":6}}';
    assert.equal(
      write(given, replacing),
      [
        '{"total" : "2" , "a":1,"net":"3"}',
        '{"net":"3","b":{"net":1},"total":"2"}',
        `{"t\\u006ftal":null,"net":null,${failure}}`,
        '',
      ].join('\n'),
    );
  });

  test('the errors of an earlier run go, unless errors are not wanted', () => {
    const given: readonly Row[] = [
      { bytes: '{"total":null,"errors":{"total":{}}}\n', ending: ['2', '3'] },
      { bytes: '{"errors":1}\n', ending: ['2', divided] },
    ];
    const [first, second] = write(given, replacing).split('\n');
    assert.equal(first, '{"total":"2","errors":null,"net":"3"}');
    assert.match(second ?? '', /^{"errors":{"net":{.*}},"total":"2","net":null}$/);
    const silent = write(given, { ...replacing, errorColumn: undefined }).split('\n');
    assert.equal(silent[0], '{"total":"2","errors":{"total":{}},"net":"3"}');
    assert.equal(silent[1], '{"errors":1,"total":"2","net":null}');
  });

  test('a member that is there twice ends with the new value', () => {
    const line = write([{ bytes: '{"total":1,"total":2}\n', ending: ['3', '4'] }], replacing);
    assert.equal((JSON.parse(line) as { total: string }).total, '3');
  });
});

test('any object keeps its members, its text, and gets the new ones', () => {
  // Not a quote beside a backslash: JSON.parse of Node 24 reads the key "\\"" as "\\\\" once it has seen that one in an object alike.
  const name = fc.oneof(
    fc.constantFrom('a', 'total', 'errors', 'ä', '\\', '__proto__'),
    fc.string({ maxLength: 5 }).map((text) => text.replaceAll('"', '')),
  );
  const object = fc
    .uniqueArray(fc.tuple(name, fc.jsonValue({ maxDepth: 2 })), {
      maxLength: 5,
      selector: ([key]) => key.normalize('NFC'),
    })
    .map((members) => members.map(([key, value]) => [key, value] as const));
  fc.assert(
    fc.property(object, fc.constantFrom('', ' ', '\t'), fc.boolean(), (members, blank, replaces) => {
      const own = members.filter(([key]) => replaces || (key !== 'total' && key !== 'net'));
      const text = `{${own.map(([key, value]) => `${JSON.stringify(key)}${blank}:${JSON.stringify(value)}`).join(',')}${blank}}`;
      const table = replaces ? replacing : objects;
      const line = write([{ bytes: `${text}\n`, ending: ['1', '2'] }], table);
      const { total, net, ...others } = JSON.parse(line) as Record<string, unknown>;
      assert.deepEqual([total, net], ['1', '2']);
      const { total: _total, net: _net, ...expected } = JSON.parse(text) as Record<string, unknown>;
      if (replaces && 'errors' in expected) expected['errors'] = null;
      assert.deepEqual(others, expected);
      if (!replaces) assert.ok(line.startsWith(text.slice(0, -1)));
    }),
  );
});
