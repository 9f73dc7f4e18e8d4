import type { ReadStream } from 'node:tty';
import type { Environment } from '../config.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';

/** What a command has of the process it runs in. */
export interface CommandContext {
  readonly environment: Environment;
  readonly input: ReadStream;
  /** Results, for people and for the next program. */
  readonly output: Output;
  /** Everything else: progress, hints, complaints. */
  readonly messages: Output;
}

/** What a command hands back when it is done. */
export type Finish = (exitCode: ExitCode) => void;
