/** The report of an instance of a cluster: its fields, its encoding, and the checks of its readers. */
export const instanceRoles = ['standalone', 'client-application', 'server-application'] as const;
export type InstanceRole = (typeof instanceRoles)[number];

/** Properties of an instance that do not change while it runs. */
export interface InstanceIdentity {
  /** Its name; another instance of the same role has another. */
  readonly id: string;
  readonly role: InstanceRole;
  /** Of the package. */
  readonly version: string;
}

/** Messages of one topic that wait for an instance. */
export interface TopicLag {
  readonly topic: string;
  readonly messages: number;
}

/** Times are milliseconds since 1970. */
export interface InstanceReport extends InstanceIdentity {
  readonly startedAt: number;
  /** By the clock of the instance while the report travels; once it is stored, by the clock of the instance that stores it. */
  readonly seenAt: number;
  /** Unfinished jobs that it owns; a server-application owns none. */
  readonly jobs: number;
  /** Chunks that it has sent and whose outcomes it awaits; of a server-application, those that it evaluates. */
  readonly chunksInFlight: number;
  /** Operations whose outcomes it recorded lately; of a server-application, that it evaluated. */
  readonly operationsPerSecond: number;
  /** Of the topics that it reads. */
  readonly lags: readonly TopicLag[];
}

/** Bounds of what is read: far above what any instance writes. */
const textLengthMax = 256;
const lagsMax = 16;
/** The last millisecond that a date can have. */
const timeMax = 8.64e15;

/** A report from JSON or from a document; undefined: not a report. Members that this version does not know are left out. */
export function readInstanceReport(value: unknown): InstanceReport | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, role, version, startedAt, seenAt, jobs, chunksInFlight, operationsPerSecond, lags } = value as Record<
    string,
    unknown
  >;
  const known = instanceRoles.find((name) => name === role);
  if (known === undefined || !isText(id) || !isText(version) || !isTime(startedAt) || !isTime(seenAt)) return undefined;
  if (!isCount(jobs) || !isCount(chunksInFlight) || !isRate(operationsPerSecond) || !isLags(lags)) return undefined;
  const numbers = { startedAt, seenAt, jobs, chunksInFlight, operationsPerSecond };
  return { id, role: known, version, ...numbers, lags: lags.map(({ topic, messages }) => ({ topic, messages })) };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= textLengthMax && value.isWellFormed();
}

function isRate(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isCount(value: unknown): value is number {
  return isRate(value) && Number.isSafeInteger(value);
}

function isTime(value: unknown): value is number {
  return isCount(value) && value <= timeMax;
}

function isLags(value: unknown): value is readonly TopicLag[] {
  return Array.isArray(value) && value.length <= lagsMax && value.every(isLag);
}

function isLag(value: unknown): value is TopicLag {
  if (typeof value !== 'object' || value === null) return false;
  const { topic, messages } = value as Record<string, unknown>;
  return isText(topic) && isCount(messages);
}
