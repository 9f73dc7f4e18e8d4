import type { ByteBuffer } from '../byte-buffer.ts';

const point = 0x2e;
const slash = 0x2f;
const nine = 0x39;

/** Makes the number that begins at `start` of `output`, and ends it, have exactly `decimals` of them: it is rounded to so many already. */
export function writeDecimals(output: ByteBuffer, start: number, decimals: number): void {
  let pointAt = -1;
  for (let index = start; index < output.length; index += 1) {
    const byte = output.bytes[index] as number;
    if (byte === point) pointAt = index;
    else if (byte === slash || byte > nine) {
      rewrite(output, start, decimals);
      return;
    }
  }
  const written = pointAt < 0 ? 0 : output.length - pointAt - 1;
  if (pointAt < 0 && decimals > 0) output.writeByte(point);
  for (let count = written; count < decimals; count += 1) output.writeByte(0x30);
}

/** Of a fraction, or a number with an exponent. */
function rewrite(output: ByteBuffer, start: number, decimals: number): void {
  const text = output.asciiText(start);
  output.length = start;
  output.writeAscii(withDecimals(text, decimals));
}

/** `text` is a result of any number mode: `-12.5`, `1.5e+30`, `7/4`. */
function withDecimals(text: string, decimals: number): string {
  const isNegative = text.startsWith('-');
  const [whole = '', fraction = ''] = digitsOf(isNegative ? text.slice(1) : text, decimals);
  const end = decimals === 0 ? '' : `.${fraction.padEnd(decimals, '0')}`;
  return `${isNegative ? '-' : ''}${whole}${end}`;
}

function digitsOf(size: string, decimals: number): readonly string[] {
  const [numerator = '', denominator] = size.split('/');
  if (denominator !== undefined) {
    // The denominator divides 10^decimals.
    const digits = ((BigInt(numerator) * 10n ** BigInt(decimals)) / BigInt(denominator)).toString();
    const padded = digits.padStart(decimals + 1, '0');
    return [padded.slice(0, padded.length - decimals), padded.slice(padded.length - decimals)];
  }
  const [mantissa = '', exponent = '0'] = size.split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return shifted(whole, fraction, Number(exponent));
}

/** The digits of whole.fraction × 10^exponent before and after the point. */
function shifted(whole: string, fraction: string, exponent: number): readonly string[] {
  if (exponent >= 0) {
    const digits = fraction.padEnd(exponent, '0');
    return [whole + digits.slice(0, exponent), digits.slice(exponent)];
  }
  const digits = whole.padStart(1 - exponent, '0');
  return [digits.slice(0, exponent), digits.slice(exponent) + fraction];
}
