/** Code that the entry points share: starting and stopping a list of parts, and the parts that every wiring makes alike. */
import { createHash, randomFillSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { v7 as timeOrderedId } from 'uuid';
import {
  createAuditLog,
  createAuthenticator,
  createJwtVerifier,
  createOperatorToken,
  createTokenService,
  type AuditLog,
  type ProviderSettings,
  type TokenStore,
} from './access/index.ts';
import type { ListedJob } from './jobs/index.ts';
import type { AccessSettings } from './config-access.ts';
import type { AccessControl } from './http/index.ts';
import {
  createEvaluator,
  pause,
  systemTime,
  type ChunkEvaluator,
  type ContentDigest,
  type EngineObserver,
  type EvaluationLoad,
  type Logger,
  type OperationBus,
  type Service,
  type Time,
  type TopicLag,
} from './engine/index.ts';

export const millisecondsPerDay = 24 * 3_600_000;

/** As the system's, but a waiting timer keeps the process alive: between two tries of a call, nothing else does. */
export const keepAliveTime: Time = {
  now: () => systemTime.now(),
  schedule(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** The folder of the built web page. One folder up is right for the sources and for the files built from them. */
export const pageFolder = fileURLToPath(new URL('../web/dist/', import.meta.url));

/** Starts each part in turn; when one fails, the started parts are stopped again and the failure is thrown. */
export async function startAll(parts: readonly Service[]): Promise<void> {
  const started: Service[] = [];
  try {
    for (const part of parts) {
      started.unshift(part);
      await part.start();
    }
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

/** Stops each part in turn; one that fails keeps none of the others running. The first failure is thrown at the end. */
export async function stopAll(parts: readonly Service[]): Promise<void> {
  const failures: unknown[] = [];
  for (const part of parts) await part.stop().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

/**
 * The Evaluator and its chunk evaluator, which stop together: running chunks may take `graceMs`, and chunks that are not
 * done then are evaluated elsewhere or after the next start.
 */
export function createEvaluation(
  dependencies: {
    readonly bus: OperationBus;
    readonly chunkEvaluator: ChunkEvaluator;
    readonly observer: EngineObserver;
  },
  options: { readonly concurrency: number; readonly graceMs: number },
): Service & { readLoad(): EvaluationLoad } {
  const evaluator = createEvaluator(dependencies, options);
  return {
    readLoad: () => evaluator.readLoad(),
    async start() {
      evaluator.start();
    },
    async stop() {
      const finished = evaluator.stop();
      await Promise.race([finished, pause(systemTime, options.graceMs)]);
      await dependencies.chunkEvaluator.stop();
      await finished;
    },
  };
}

/** A part whose start ends when messages are handled. Parts after it, such as the server for users, find the bus in use. */
export function createJoining(bus: { waitUntilJoined(): Promise<void> }): Service {
  return { start: () => bus.waitUntilJoined(), stop: async () => {} };
}

/** Who may do what, where the settings demand tokens; undefined: no tokens are needed. Throws when the file of the operator's token is unusable. */
export function createAccess(
  { store, logger }: { readonly store: TokenStore; readonly logger: Logger },
  settings: AccessSettings,
): AccessControl | undefined {
  const { authentication = 'none', operatorTokenFile } = settings;
  if (authentication === 'none') return undefined;
  const common = { time: systemTime, logger };
  const operatorToken = operatorTokenFile === undefined ? undefined : createOperatorToken(operatorTokenFile, common);
  const jwtVerifier = authentication === 'oidc' ? createJwtVerifier(toProvider(settings), common) : undefined;
  return {
    authenticator: createAuthenticator({ ...common, store, operatorToken, jwtVerifier }),
    tokens: createTokenService(store, systemTime),
  };
}

/** The settings were checked when they were read. */
function toProvider(settings: AccessSettings): ProviderSettings {
  const { authIssuer: issuer = '', authAudience: audience = '', authJwksUri: jwksUri } = settings;
  return { issuer, audience, jwksUri, tenantClaim: settings.authTenantClaim, roleClaim: settings.authRoleClaim };
}

/** Where who did what is written down, if the settings name a place. Its start throws when nothing can be written there. */
export function createAudit(logger: Logger, target: string | undefined): AuditLog | undefined {
  return target === undefined ? undefined : createAuditLog(target, { time: systemTime, logger });
}

/** Writes down each job that was deleted because its retention time was over. */
export function auditExpiry(log: AuditLog | undefined): (job: ListedJob) => Promise<void> {
  return async ({ id, tenant }) => {
    await log?.write({ time: new Date(systemTime.now()).toISOString(), tenant, action: 'job.expire', object: id });
  };
}

/** The lags of the topics that a process reads, as far as they are known. */
export async function readLags(
  bus: { readLag(topic: string): Promise<number | undefined> },
  topics: readonly string[],
): Promise<readonly TopicLag[]> {
  const lags = await Promise.all(topics.map(async (topic) => ({ topic, messages: await bus.readLag(topic) })));
  return lags.flatMap(({ topic, messages }) => (messages === undefined ? [] : [{ topic, messages }]));
}

/** Random bytes that a UUID takes. */
const idBytes = 16;
/** Ids for which random bytes are drawn together: one draw took a thirtieth of all work on a job of one line. */
const idsPerDraw = 256;

/** A UUIDv7 of this moment, or of `earliestMs` if that is later. Ids of one millisecond count up from a random number. */
export type IdSource = (earliestMs: number) => string;

export function createIdSource(now: () => number = Date.now): IdSource {
  const pool = new Uint8Array(idBytes * idsPerDraw);
  let used = pool.length;
  let lastMs = 0;
  let sequence = 0;

  function draw(): Uint8Array {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += idBytes;
    return pool.subarray(used - idBytes, used);
  }

  /** A sequence has 31 bits; they start below half of that, so that the ids of one millisecond never run out of it. */
  function count(ms: number, random: Uint8Array): number {
    sequence = ms > lastMs ? new DataView(random.buffer, random.byteOffset).getUint32(0) >>> 2 : sequence + 1;
    lastMs = Math.max(ms, lastMs);
    return sequence;
  }

  return (earliestMs) => {
    const random = draw();
    const ms = now();
    if (earliestMs > ms) return timeOrderedId({ random, msecs: earliestMs });
    const seq = count(ms, random);
    return timeOrderedId({ random, msecs: lastMs, seq });
  };
}

export const newJobId: IdSource = createIdSource();

export function createDigest(): ContentDigest {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), finish: () => hash.digest('hex') };
}

/**
 * Streams make much garbage of short life, for which V8 lets its nursery grow to 128 MiB per thread. A nursery of its first
 * size is collected more often at the same total cost, and keeps a server below 400 MB whatever it streams. A nursery of
 * that size is not worth the waking of helper threads, which took a tenth of all CPU time of small jobs.
 */
export function keepMemorySmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--no-parallel-scavenge');
}
