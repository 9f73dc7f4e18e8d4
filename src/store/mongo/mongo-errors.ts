/**
 * What a fault of the driver or the server means. Whether to try again is decided by class and code, not by the labels
 * that the driver attaches: when one connection breaks, those that fail with it get none.
 */
import {
  MongoBulkWriteError,
  MongoClientClosedError,
  MongoError,
  MongoErrorLabel,
  MongoExpiredSessionError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoServerClosedError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
  MongoWriteConcernError,
} from 'mongodb';
import { StoreError, type StoreErrorCode } from '../../engine/index.ts';

/** A try that failed; whether the server did what it was asked to is unknown in every one of these cases. */
export interface Fault {
  readonly code: StoreErrorCode;
  /** For people, without user text and without credentials. */
  readonly message: string;
  /** The same call may succeed in a moment. */
  readonly isTransient: boolean;
}

/** Errors of the connection, or of a driver that has lost or not yet found its server. */
const connectionErrors = [
  MongoNetworkError,
  MongoServerSelectionError,
  MongoOperationTimeoutError,
  MongoNotConnectedError,
  MongoServerClosedError,
  MongoTopologyClosedError,
  MongoClientClosedError,
  MongoExpiredSessionError,
];

/** Codes of a server that is starting, stopping, overloaded, or not the primary any more. */
const transientCodes = new Map<number, string>([
  [6, 'HostUnreachable'],
  [7, 'HostNotFound'],
  [43, 'CursorNotFound'],
  [50, 'MaxTimeMSExpired'],
  [64, 'WriteConcernTimeout'],
  [89, 'NetworkTimeout'],
  [91, 'ShutdownInProgress'],
  [112, 'WriteConflict'],
  [133, 'FailedToSatisfyReadPreference'],
  [134, 'ReadConcernMajorityNotAvailableYet'],
  [175, 'QueryPlanKilled'],
  [189, 'PrimarySteppedDown'],
  [202, 'NetworkInterfaceExceededTimeLimit'],
  [234, 'RetryChangeStream'],
  [262, 'ExceededTimeLimit'],
  [391, 'ReauthenticationRequired'],
  [9001, 'SocketException'],
  [10058, 'LegacyNotPrimary'],
  [10107, 'NotWritablePrimary'],
  [11600, 'InterruptedAtShutdown'],
  [11602, 'InterruptedDueToReplStateChange'],
  [13435, 'NotPrimaryNoSecondaryOk'],
  [13436, 'NotPrimaryOrSecondary'],
]);

const duplicateKey = 11_000;
/** Codes of faults that only people can repair. */
const badCredentials = {
  code: 'failed',
  message: 'MongoDB refuses the credentials; check the user, the password and authSource in MONGODB_URI',
} as const;
const refusals = new Map<number, Pick<Fault, 'code' | 'message'>>([
  [18, badCredentials],
  [8_000, badCredentials],
  [
    13,
    { code: 'failed', message: 'the user in MONGODB_URI may not use this database; give it the role readWrite on it' },
  ],
  [14_031, { code: 'full', message: 'the disk of the database is full; free some space, or delete jobs' }],
]);

export function readFault(error: unknown): Fault {
  if (error instanceof StoreError) {
    return { code: error.code, message: error.message, isTransient: error.code === 'unavailable' };
  }
  const root = unwrap(error);
  const code = root instanceof MongoError ? Number(root.code) : undefined;
  const refusal = refusals.get(code ?? NaN);
  if (refusal !== undefined) return { ...refusal, isTransient: false };
  const reason = messageOf(root);
  if (isTransient(root)) {
    return { code: 'unavailable', message: `the database does not answer: ${reason}`, isTransient: true };
  }
  return { code: 'failed', message: `the database cannot do what it is asked: ${reason}`, isTransient: false };
}

function isTransient(error: unknown): boolean {
  if (!(error instanceof MongoError)) return isConnectionFault(error);
  return (
    connectionErrors.some((type) => error instanceof type) ||
    // Not exported by the driver.
    error.name === 'MongoWaitQueueTimeoutError' ||
    // The server has the write, and it is not known whether a majority has it.
    error instanceof MongoWriteConcernError ||
    hasWriteConcernError(error) ||
    transientCodes.has(Number(error.code)) ||
    error.hasErrorLabel(MongoErrorLabel.RetryableWriteError) ||
    error.hasErrorLabel(MongoErrorLabel.RetryableError) ||
    error.hasErrorLabel(MongoErrorLabel.SystemOverloadedError)
  );
}

/** A connection that breaks while it is written to fails with the error of the system, or of the stream, as it is. */
function isConnectionFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return 'syscall' in error || ('code' in error && /^ERR_(?:STREAM|SOCKET)_/.test(String(error.code)));
}

/** The driver puts a lost connection during a bulk write into an error of another class. */
function unwrap(error: unknown): unknown {
  if (!(error instanceof MongoBulkWriteError)) return error;
  const inner: unknown = error.errorResponse;
  return inner instanceof Error ? inner : error;
}

function hasWriteConcernError(error: MongoError): boolean {
  return error instanceof MongoBulkWriteError && error.result?.getWriteConcernError?.() !== undefined;
}

export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoError && error.code === duplicateKey;
}

/**
 * Which documents of a bulk insertion were there already (by position). Throws the error itself when it tells of
 * anything else: then nothing is known about any document.
 */
export function duplicatesOf(error: unknown): number[] {
  if (!(error instanceof MongoBulkWriteError) || hasWriteConcernError(error)) throw error;
  const writeErrors = [error.writeErrors].flat();
  if (writeErrors.length === 0 || writeErrors.some(({ code }) => code !== duplicateKey)) throw error;
  return writeErrors.map(({ index }) => index);
}

/** Connection strings turn up in the driver's messages about connection strings. */
export function hideCredentials(text: string): string {
  return text.replaceAll(/(mongodb(?:\+srv)?:\/\/)[^\s"'/]*@/giu, '$1***@').replaceAll(/(\/\/)[^\s"']*@/gu, '$1***@');
}

function messageOf(error: unknown): string {
  return hideCredentials(error instanceof Error ? error.message : String(error));
}
