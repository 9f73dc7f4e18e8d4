import type { ReadStream } from 'node:tty';
import type { Environment } from '../config.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';

/** The parts of its process that a command uses. */
export interface CommandContext {
  readonly environment: Environment;
  readonly input: ReadStream;
  /** Results, for people and for the next program. */
  readonly output: Output;
  /** Everything else: progress, hints, complaints. */
  readonly messages: Output;
}

/** Receives the exit code of a command that is done. */
export type Finish = (exitCode: ExitCode) => void;
