/** A big table with results that are known without the engine: computed in integers, which hold all of them exactly. */
import { createRandom } from '../simulation/world.ts';

export const priceFormulas = ['net = price * qty', 'total = net * (1 + vat / 100)'] as const;

export interface PriceTable {
  readonly input: Buffer;
  /** The expected output: the same bytes, with `net`, `total` and an empty `error` in each row. */
  readonly output: Buffer;
  /** Sums of the new columns, as the job shows them. */
  readonly sums: Readonly<Record<'net' | 'total', string>>;
}

/** Line ends, quotes and ways to write a number change from row to row, and must all come back as they were. */
export function createPriceTable(rows: number, seed: number): PriceTable {
  const random = createRandom(seed);
  const below = (bound: number): number => Math.floor(random() * bound);
  let input = '\ufeffid,price,qty,vat\r\n';
  let output = '\ufeffid,price,qty,vat,net,total,error\r\n';
  const sums = { net: 0n, total: 0n };
  for (let id = 1; id <= rows; id += 1) {
    const [cents, quantity, vat] = [below(100_000), below(100), below(26)];
    const price = writeDecimal(cents, 2, below(2) === 0);
    const cells = `${below(3) === 0 ? `"row ${id}"` : id},${below(5) === 0 ? `"${price}"` : price},${quantity}, ${vat}`;
    const [net, total] = [cents * quantity, cents * quantity * (100 + vat)];
    const end = below(4) === 0 ? '\r\n' : '\n';
    input += `${cells}${end}`;
    output += `${cells},${writeDecimal(net, 2, true)},${writeDecimal(total, 4, true)},${end}`;
    sums.net += BigInt(net);
    sums.total += BigInt(total);
  }
  return {
    input: Buffer.from(input),
    output: Buffer.from(output),
    sums: { net: writeDecimal(sums.net, 2, true), total: writeDecimal(sums.total, 4, true) },
  };
}

/** `value` / 10^decimals as text, without the zeros at its end if they are to go. */
function writeDecimal(value: number | bigint, decimals: number, isShort: boolean): string {
  const digits = String(value).padStart(decimals + 1, '0');
  const fraction = digits.slice(-decimals);
  const shown = isShort ? fraction.replace(/0+$/, '') : fraction;
  return shown === '' ? digits.slice(0, -decimals) : `${digits.slice(0, -decimals)}.${shown}`;
}
