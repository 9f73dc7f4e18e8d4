/**
 * All that clients share of one HTTP server, in one place: how much there is of each, and why. Slots are counted in
 * pieces, memory in bytes. The default limits fit a container of 512 MiB: with every budget in use by clients that do
 * nothing, the process stays below it.
 */
import { Budget, type RejectionReason } from './budget.ts';
import { createClientAddresses, type ClientAddresses } from './client-addresses.ts';
import { ConnectionBudget } from './connection-budget.ts';
import { createFlows, type FlowLimits, type Flows } from './flows.ts';

/** Limits that an operator may set (src/config.ts). */
export interface BudgetSettings {
  /** The part of each budget that one address may hold; 1: all of it. */
  readonly addressShare: number;
  /** Proxies whose X-Forwarded-For header names the client: addresses and networks. */
  readonly trustedProxies: readonly string[];
  readonly connectionsMax: number;
  readonly uploadsMax: number;
  readonly downloadsMax: number;
  readonly followersMax: number;
  readonly decoderBytesMax: number;
  readonly bodyBytesMax: number;
  /** Bytes per second below which an upload is ended, and a download; 0: never. */
  readonly uploadRateMin: number;
  readonly downloadRateMin: number;
}

const defaultBudgetSettings: BudgetSettings = {
  /** Two addresses can fill a budget, one cannot; and one address is often a whole office. */
  addressShare: 0.5,
  trustedProxies: [],
  /** Each costs about 15 KB of memory, whether it does anything or not. */
  connectionsMax: 10_000,
  /** Each takes up to about 1 MiB; hundreds at the same time gain nothing over one after the other. */
  uploadsMax: 256,
  /** Each holds its share of `readAheadBytesMax` and what the system keeps for its socket. */
  downloadsMax: 256,
  /** Each costs about 20 KB, and all of them together one reading of the job. */
  followersMax: 4_000,
  /** Seven decoders with the largest window (8 MiB), 25 with the usual one (2 MiB), hundreds for gzip. */
  decoderBytesMax: 64 * 1024 ** 2,
  /** Bodies that are held whole until they are complete: 32 of the largest of `POST /api/evaluate`. */
  bodyBytesMax: 32 * 1024 ** 2,
  /** Less than any network that is still of use: 6,000 bytes in a minute. */
  uploadRateMin: 100,
  /** A socket takes blocks of 64 KiB: a reader of 1 KiB per second takes one in each window, and counts as fast enough. */
  downloadRateMin: 512,
};

/** Limits that only tests change. */
export interface BudgetLimits extends BudgetSettings {
  /** How long an upload waits for memory of decoders: others end within moments when their clients are fast. */
  readonly decoderWaitMs: number;
  /** Bytes of whole responses that wait for their clients to read them: five pages of the longest operations. */
  readonly responseBytesMax: number;
  /** Bytes for the compression of responses. */
  readonly encoderBytesMax: number;
  /** Bytes that all downloads together read from the store before their clients want them. */
  readonly readAheadBytesMax: number;
  /** How long a new connection may take to send its first byte; browsers open some before they need them. */
  readonly firstByteMs: number;
  readonly sampleMs: number;
  /** For how long a client must be too slow before it is cut off. */
  readonly rateWindowMs: number;
  /** A client below this rate, in bytes per second, gives way where there is no room; mobile networks are faster. */
  readonly slowBytesPerSecond: number;
  /** How long a sender is watched before it gives way: longer than a slow start takes. */
  readonly slowSenderMs: number;
  /** The same for a reader. The system takes up to megabytes in one read, and then nothing for a while. */
  readonly slowReaderMs: number;
}

export const defaultBudgetLimits: BudgetLimits = {
  ...defaultBudgetSettings,
  decoderWaitMs: 2_000,
  responseBytesMax: 64 * 1024 ** 2,
  encoderBytesMax: 64 * 1024 ** 2,
  readAheadBytesMax: 16 * 1024 ** 2,
  firstByteMs: 10_000,
  sampleMs: 1_000,
  rateWindowMs: 60_000,
  slowBytesPerSecond: 1_024,
  slowSenderMs: 5_000,
  slowReaderMs: 30_000,
};

/** Budgets that count pieces, and those that count bytes. */
export const slotKinds = ['connections', 'uploads', 'downloads', 'followers'] as const;
export const memoryKinds = ['decoders', 'bodies', 'responses', 'encoders'] as const;
export type BudgetKind = (typeof slotKinds)[number] | (typeof memoryKinds)[number];

/** For metrics. */
export interface BudgetUse {
  readonly used: number;
  readonly max: number;
  readonly rejected: Readonly<Record<RejectionReason, number>>;
}

export interface Budgets {
  readonly limits: BudgetLimits;
  readonly addresses: ClientAddresses;
  readonly flows: Flows;
  readonly connections: ConnectionBudget;
  /** Uploads in progress. */
  readonly uploads: Budget;
  /** Streams of results in progress. */
  readonly downloads: Budget;
  /** Clients that wait for changes of jobs. */
  readonly followers: Budget;
  /** Bytes of the decoders of uploads. */
  readonly decoders: Budget;
  /** Bytes of bodies that are held whole. */
  readonly bodies: Budget;
  /** Bytes of responses that wait to be read. */
  readonly responses: Budget;
  /** Bytes of the encoders of responses. */
  readonly encoders: Budget;
  readUse(): Readonly<Record<BudgetKind, BudgetUse>>;
}

export function createBudgets(given: Partial<BudgetLimits> = {}): Budgets {
  const limits = { ...defaultBudgetLimits, ...given };
  const addresses = createClientAddresses(limits.trustedProxies);
  const create = (max: number): Budget => new Budget({ max, share: limits.addressShare });
  const budgets = {
    connections: new ConnectionBudget({ max: limits.connectionsMax, share: limits.addressShare }, addresses),
    uploads: create(limits.uploadsMax),
    downloads: create(limits.downloadsMax),
    followers: create(limits.followersMax),
    decoders: create(limits.decoderBytesMax),
    bodies: create(limits.bodyBytesMax),
    responses: create(limits.responseBytesMax),
    encoders: create(limits.encoderBytesMax),
  } as const satisfies Record<BudgetKind, Budget | ConnectionBudget>;
  const flows = createFlows(
    { addresses, onTooSlow: () => (budgets.connections.rejected.slow += 1) },
    toFlowLimits(limits),
  );
  return { ...budgets, limits, addresses, flows, readUse: () => budgets };
}

function toFlowLimits(limits: BudgetLimits): FlowLimits {
  const { sampleMs, rateWindowMs: windowMs, slowBytesPerSecond } = limits;
  return {
    sampleMs,
    sending: {
      bytesPerSecondMin: limits.uploadRateMin,
      windowMs,
      slowBytesPerSecond,
      graceMs: limits.slowSenderMs,
    },
    reading: {
      bytesPerSecondMin: limits.downloadRateMin,
      windowMs,
      slowBytesPerSecond,
      graceMs: limits.slowReaderMs,
    },
  };
}

/** Bytes that one download may read ahead: its part of what all downloads may. */
export function readAheadBytes({ limits, downloads }: Budgets): number {
  return limits.readAheadBytesMax / Math.max(1, downloads.used);
}
