/**
 * The text of a token: `mm_ID_SECRETCHECKSUM`. The prefix and the checksum let secret scanners recognize tokens, and let a
 * mistyped one be rejected without a read of the store.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

export interface TokenText {
  /** Finds the record of the token. No secret. */
  readonly id: string;
  /** 256 random bits. */
  readonly secret: string;
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idLength = 12;
const secretLength = 43;
const checksumLength = 6;
const form = new RegExp(
  `^mm_([0-9A-Za-z]{${idLength}})_([0-9A-Za-z]{${secretLength}})([0-9A-Za-z]{${checksumLength}})$`,
);

export function createTokenText(): TokenText {
  return { id: toDigits(randomBytes(8), idLength), secret: toDigits(randomBytes(32), secretLength) };
}

export function writeToken({ id, secret }: TokenText): string {
  return `mm_${id}_${secret}${checksumOf(id, secret)}`;
}

/** Undefined: this is no token, or a mistyped one. */
export function parseToken(text: string): TokenText | undefined {
  const [, id = '', secret = '', checksum] = form.exec(text) ?? [];
  return checksum !== undefined && checksum === checksumOf(id, secret) ? { id, secret } : undefined;
}

/** SHA-256, as it is kept. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** In the same time whatever the secret is. */
export function isSecretOf(secret: string, hash: Uint8Array): boolean {
  const given = hashSecret(secret);
  return hash.length === given.length && timingSafeEqual(given, hash);
}

function checksumOf(id: string, secret: string): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(`${id}_${secret}`));
  return toDigits(sum, checksumLength);
}

/** The bytes as a number of base 62, with zeros in front, to `length` digits. */
function toDigits(bytes: Uint8Array, length: number): string {
  let rest = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  while (text.length < length) {
    text = (digits[Number(rest % 62n)] ?? '') + text;
    rest /= 62n;
  }
  return text;
}
