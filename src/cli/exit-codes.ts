/** How a command ends. The meanings are those of grep and diff, so that scripts can tell "some failed" from "could not". */
export const exitCodes = {
  ok: 0,
  /** The work is done, and at least one operation has no result. */
  operationsFailed: 1,
  /** The work could not be done: wrong usage, an unreadable file, a server unreachable, an unknown job. */
  trouble: 2,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends the command with `exitCodes.trouble`; the message is written for the person at the terminal. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
}

/** The server responded with a rejection. */
export class ApiRefusal extends CommandFailure {
  readonly status: number;
  /** The stable code of the problem document; empty when there is none. */
  readonly code: string;

  constructor(message: string, status: number, code: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The server cannot be reached, or disconnected: another try may succeed. */
export class ServerUnreachable extends CommandFailure {}

const systemMessages: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'the address is already in use',
  EADDRNOTAVAIL: 'this machine has no such address',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed',
  EHOSTUNREACH: 'the host cannot be reached',
  EISDIR: 'it is a directory',
  ENETUNREACH: 'the network cannot be reached',
  ENOENT: 'there is no such file',
  ENOSPC: 'no space is left on the device',
  ENOTDIR: 'part of its path is not a directory',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host could not be looked up',
  EPIPE: 'the connection was closed',
  EPERM: 'the operation is not permitted',
  ETIMEDOUT: 'timed out',
};

/** The code of a system error such as ENOENT; undefined for other errors, whose own message is for the reader already. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'syscall' in error ? errorCode(error) : undefined;
}

/** The code of any error that Node throws. */
export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The cause of an error, without the name of the system call. */
export function describeError(error: unknown): string {
  // Node gathers the attempts on the several addresses of a host in one error, whose own message is empty.
  if (error instanceof AggregateError && error.errors.length > 0) return describeError(error.errors[0]);
  const known = systemMessages[systemCode(error) ?? ''];
  return known ?? (error instanceof Error ? error.message : String(error));
}
