/** The settings of what clients share (src/http/budgets): how much there is, and how much of it one address may hold. */
import { InvalidValue, readBytes, readNetworks, readInteger, type Variable } from './config-values.ts';
import { groupDigits } from './group-digits.ts';

/** More than any one machine serves; it only catches slips of the keyboard. */
const slotsLimit = 1_000_000;
/** 1 GB per second: no network needs more. */
const rateLimit = 1_000_000_000;
/** Less would not hold one decoder with the largest window, nor the longest body. */
const memoryBytesMin = 16 * 1024 ** 2;

function slots(name: string, description: string, fallback: number): Variable<number> {
  return {
    name,
    description,
    unit: '',
    defaultText: groupDigits(fallback),
    fallback: () => fallback,
    read: (text) => readInteger(text, 1, slotsLimit),
  };
}

function memory(name: string, description: string, mebibytes: number): Variable<number> {
  return {
    name,
    description,
    unit: 'bytes',
    defaultText: `${mebibytes}MiB`,
    fallback: () => mebibytes * 1024 ** 2,
    read: readMemory,
  };
}

function readMemory(text: string): number {
  const bytes = readBytes(text);
  if (bytes >= memoryBytesMin) return bytes;
  throw new InvalidValue('must be at least 16MiB');
}

function rate(name: string, description: string, fallback: number): Variable<number> {
  return {
    name,
    description,
    unit: 'bytes per second',
    defaultText: String(fallback),
    fallback: () => fallback,
    read: (text) => readInteger(text, 0, rateLimit),
  };
}

function readAddressShare(text: string): number {
  const share = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (share > 0 && share <= 1) return share;
  throw new InvalidValue('must be a number above 0 and up to 1');
}

/** The processes that users talk to. */
export const budgetVariables = {
  addressShare: {
    name: 'ADDRESS_SHARE',
    description:
      'The part of each of the limits below that one client address may hold, above 0. With 1 there are no shares, and one address can take everything.',
    unit: '',
    defaultText: '0.5',
    fallback: () => 0.5,
    read: readAddressShare,
  },
  trustedProxies: {
    name: 'TRUSTED_PROXIES',
    description:
      'Addresses or networks of your reverse proxies, separated by commas, such as `10.0.0.0/8, ::1`. For requests from them, shares count the client that `X-Forwarded-For` names. Without it, all users behind a proxy have one share.',
    unit: '',
    defaultText: 'none',
    fallback: () => [],
    read: readNetworks,
  },
  connectionsMax: slots(
    'CONNECTIONS_MAX',
    'Connections at the same time. When there are more, the one that has been idle longest is closed.',
    10_000,
  ),
  uploadsMax: slots('UPLOADS_MAX', 'Uploads at the same time; further ones get 503.', 256),
  downloadsMax: slots('DOWNLOADS_MAX', 'Downloads of results at the same time; further ones get 503.', 256),
  followersMax: slots(
    'FOLLOWERS_MAX',
    'Clients that wait for changes of jobs at the same time, with `/events` or `wait=`; further ones get 503.',
    4_000,
  ),
  decoderBytesMax: memory(
    'DECODER_BYTES_MAX',
    'Memory for decompressing uploads, all together. An upload with zstd takes up to 8.5 MiB of it, one with gzip 192 KiB.',
    64,
  ),
  bodyBytesMax: memory(
    'BODY_BYTES_MAX',
    'Memory for the bodies of requests that are held whole, all together, such as those of `POST /api/evaluate`.',
    32,
  ),
  uploadRateMin: rate(
    'UPLOAD_RATE_MIN',
    'Slowest rate of an upload, on average over 60 seconds of waiting for it; a slower one ends with 408. 0: any rate.',
    100,
  ),
  downloadRateMin: rate(
    'DOWNLOAD_RATE_MIN',
    'Slowest rate at which a client reads a response, on average over 60 seconds; a slower one is disconnected. 0: any rate.',
    512,
  ),
} as const satisfies Record<string, Variable<unknown>>;
