/** The `mathmill` command: one command line in, an exit code out. */
import { CommanderError } from 'commander';
import type { CommandContext } from './command-context.ts';
import { CommandFailure, exitCodes, type ExitCode } from './exit-codes.ts';
import { createOutput, BrokenPipe } from './output.ts';
import { createProgram } from './program.ts';

async function main(): Promise<void> {
  const context: CommandContext = {
    environment: process.env,
    // Asked for by the commands that read it only: opening it makes the process wait for its end.
    get input() {
      return process.stdin;
    },
    output: createOutput(process.stdout, 'standard output'),
    messages: createOutput(process.stderr, 'standard error'),
  };
  process.exitCode = await run(context, process.argv.slice(2));
}

async function run(context: CommandContext, args: readonly string[]): Promise<ExitCode> {
  try {
    return await createProgram(context).run(args);
  } catch (error) {
    if (error instanceof BrokenPipe) return exitCodes.ok;
    // Help and version end this way too; commander has written whatever there is to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.trouble;
    await complain(context, error);
    return exitCodes.trouble;
  }
}

async function complain({ messages }: CommandContext, error: unknown): Promise<void> {
  const text = error instanceof CommandFailure ? error.message : `internal error: ${describe(error)}`;
  // If this cannot be written either, no channel for an error is left.
  await messages.line(`mathmill: ${text}`).catch(() => undefined);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

await main();
