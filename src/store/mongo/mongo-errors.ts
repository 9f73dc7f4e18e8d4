/**
 * The meaning of faults of the driver and the server. Whether to try again is decided by class and code, not by the labels
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
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
  MongoWriteConcernError,
} from 'mongodb';
import { StoreError, type StoreErrorCode } from '../../engine/index.ts';
import { findConnectionFault } from './connection-fault.ts';

/** A try that failed; whether the server carried out the command is unknown in each of these cases. */
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
  message:
    'MongoDB rejected the credentials; check the user, the password and authSource in MONGODB_URI, or MONGODB_USERNAME and MONGODB_PASSWORD_FILE',
} as const;
const refusals = new Map<number, Pick<Fault, 'code' | 'message'>>([
  [18, badCredentials],
  [8_000, badCredentials],
  [13, { code: 'failed', message: 'the user may not use this database; give it the role readWrite on it' }],
  [14_031, { code: 'full', message: 'the disk of the database is full; free some space, or delete jobs' }],
]);
const noLogin = {
  code: 'failed',
  message: 'MongoDB demands a login: set MONGODB_USERNAME and MONGODB_PASSWORD_FILE, or name a user in MONGODB_URI',
} as const;

/** In the words of the driver, which keeps no code, and of Amazon DocumentDB. */
const withoutRetryableWrites =
  /^(?:This MongoDB deployment does not support retryable writes|Retryable writes are not supported)/;
const noRetryableWrites = {
  code: 'failed',
  message: 'the MongoDB server does not support retryable writes: add retryWrites=false to MONGODB_URI',
} as const;

export function readFault(error: unknown): Fault {
  if (error instanceof StoreError) {
    return { code: error.code, message: error.message, isTransient: error.code === 'unavailable' };
  }
  const root = unwrap(error);
  const refusal = findRefusal(root);
  if (refusal !== undefined) return { ...refusal, isTransient: false };
  const fault = findConnectionFault(root);
  const reason = fault === undefined || fault.isUncertain === true ? messageOf(root) : fault.message;
  if (isTransient(root)) {
    return { code: 'unavailable', message: `the database does not respond: ${reason}`, isTransient: true };
  }
  return { code: 'failed', message: `the database rejected a command: ${reason}`, isTransient: false };
}

function findRefusal(error: unknown): Pick<Fault, 'code' | 'message'> | undefined {
  if (!(error instanceof MongoError)) return undefined;
  if (error.code === 13 && error.message.includes('requires authentication')) return noLogin;
  if (withoutRetryableWrites.test(error.message)) return noRetryableWrites;
  return refusals.get(Number(error.code));
}

/** The user or the password is not the one that the server has. */
export function isLoginFault(error: unknown): boolean {
  const root = unwrap(error);
  return root instanceof MongoError && findRefusal(root) === badCredentials;
}

/** The server answered that it does not know the command or one of its options, or cannot carry it out as it is. */
export function isUnsupported(error: unknown): boolean {
  return error instanceof MongoServerError && !isTransient(error) && findRefusal(error) === undefined;
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
 * Which documents of a bulk insertion were there already (by position). Throws the error itself when it reports
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

/** The message of an error of the driver or the server, for people. */
export function messageOf(error: unknown): string {
  return hideCredentials(error instanceof Error ? error.message : String(error));
}
