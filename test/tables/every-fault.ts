/** A file with everything that can be wrong with a row or a cell, each row beside what must become of it. */

export const faultFormulas = [
  'net = price * qty',
  'unit = if(qty > 0, price / qty, 0)',
  'tax = match(country, "DE", 19, "FR", 20, 0)',
  'total = net * (1 + tax / 100)',
  'next = row + 1',
] as const;

const header = 'id,country,price,qty';
const addedHeader = 'net,unit,tax,total,next,error';

/** The bytes of a row without its line end, its line end, and what is added to it. */
interface FaultRow {
  readonly row: string | Uint8Array;
  readonly end: '\n' | '\r\n' | '';
  /** The cells of the formulas; the error column, unquoted, follows as a pattern. */
  readonly cells: string;
  readonly error: RegExp;
}

const none = /^$/;
const row = (text: string | Uint8Array, cells: string, error = none, end: FaultRow['end'] = '\n'): FaultRow => ({
  row: text,
  end,
  cells,
  error,
});
/** No formula has a result. */
const failed = ',,,,';

export const faultRows: readonly FaultRow[] = [
  row('1,DE,10.00,2', '20,5,19,23.8,2'),
  row('2,FR,"2.50",4', '10,0.625,20,12,3', none, '\r\n'),
  row('3,US,,3', ',,0,,4', /^net: MISSING `price` .*; unit: MISSING .*; total: MISSING `net` has no value/),
  row('4,DE,,0', ',0,19,,5', /^net: MISSING `price` .*; total: MISSING/),
  row('5,DE,n/a,1', ',,19,,6', /^net: NOT_NUMBER `price` .*n\/a.*; unit: NOT_NUMBER .*; total: NOT_NUMBER/),
  row('6,DE,0x10,1', ',,19,,7', /^net: NOT_NUMBER .*0x10/),
  row('7,DE,"1,5",1', ',,19,,8', /^net: NOT_NUMBER .*1,5/),
  row('8,DE,1e3,007', '7000,142.8571428571428571428571428571429,19,8330,9'),
  row('9,de, -0.5 ,+4', '-2,-0.125,0,-2,10'),
  row('10,DE,1', failed, /^COLUMNS This row has 3 cells, but the table has 4 columns\.$/),
  row('11,DE,1,2,3', failed, /^COLUMNS This row has 5 cells, but the table has 4 columns\.$/),
  row('', failed, /^EMPTY /),
  row('13,"D"E,1,2', failed, /^QUOTE /),
  row('14,"open,1,2', failed, /^QUOTE /),
  row('15,"D""E",1,2', '2,0.5,0,2,16'),
  row('16,"DE\n",1,2', '2,0.5,0,2,17'),
  row(Buffer.from('17,M\u00fcnchen,1,2', 'latin1'), '2,0.5,0,2,18'),
  row('18,a\0b,1,2', '2,0.5,0,2,19'),
  row('19,a\rb,1,2', '2,0.5,0,2,20'),
  row('20,=1+1,1,2', '2,0.5,0,2,21'),
  row('21,5" x,1,2', '2,0.5,0,2,22'),
  row('22,DE,1e6000,1e6000', ',1,19,,23', /^net: OVERFLOW .*; total: OVERFLOW/),
  row('23,DE,1,NaN', ',,19,,24', /^net: NOT_NUMBER .*NaN/),
  row('24,DE,1,2', '2,0.5,19,2.38,25', none, ''),
];

/** Cells that every row must have, which those with fewer are padded to. */
const cellCount = header.split(',').length;

function toBytes(text: string | Uint8Array): Buffer {
  return typeof text === 'string' ? Buffer.from(text) : Buffer.from(text);
}

export const faultInput: Buffer = Buffer.concat([
  Buffer.from(`${header}\n`),
  ...faultRows.flatMap((one) => [toBytes(one.row), Buffer.from(one.end)]),
]);

export const faultCount = faultRows.filter(({ error }) => error !== none).length;

/** Takes the expected bytes off the front of the output, row by row; gives the rows whose errors do not match. */
export function checkFaultOutput(output: Buffer): string[] {
  const wrong: string[] = [];
  const expectedHeader = Buffer.from(`${header},${addedHeader}\n`);
  if (!output.subarray(0, expectedHeader.length).equals(expectedHeader)) wrong.push('the header');
  let position = expectedHeader.length;
  for (const [index, one] of faultRows.entries()) {
    const own = toBytes(one.row);
    const padding = ','.repeat(Math.max(0, cellCount - 1 - countDelimiters(one)));
    const start = Buffer.concat([own, Buffer.from(`${padding},${one.cells},`)]);
    const actual = output.subarray(position, position + start.length);
    if (!actual.equals(start)) wrong.push(`row ${index + 1}: ${actual.toString('latin1')}`);
    const { text, end } = readLastCell(output, position + start.length);
    if (!one.error.test(text)) wrong.push(`row ${index + 1}: ${text}`);
    position = end + one.end.length;
  }
  if (position !== output.length) wrong.push(`${output.length - position} bytes more`);
  return wrong;
}

/** Delimiters outside quotes; a quote that is not closed holds all that follows. */
function countDelimiters({ row: text }: FaultRow): number {
  const bare = toBytes(text)
    .toString('latin1')
    .replaceAll(/(?<=^|,)"[^"]*(?:"|$)/g, '');
  return bare.split(',').length - 1;
}

function readLastCell(output: Buffer, start: number): { text: string; end: number } {
  const rest = output.subarray(start).toString('utf8');
  const quoted = /^"((?:[^"]|"")*)"/.exec(rest);
  if (quoted !== null)
    return { text: (quoted[1] ?? '').replaceAll('""', '"'), end: start + Buffer.byteLength(quoted[0]) };
  const plain = /^[^\r\n]*/.exec(rest)?.[0] ?? '';
  return { text: plain, end: start + Buffer.byteLength(plain) };
}
