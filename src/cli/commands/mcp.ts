import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { MathmillClient } from '../../client/index.ts';
import { readClientConfig } from '../../config.ts';
import { createMcpServer } from '../../mcp/index.ts';
import { readPackageVersion } from '../../package-version.ts';
import { readClientToken } from '../client-token.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, exitCodes, type ExitCode } from '../exit-codes.ts';
import { nameOptions, toSettings } from '../option-names.ts';

export interface McpCommandOptions {
  readonly url?: string;
  readonly folder: string;
}

/** A tool that waits longer is of no use to an assistant. */
const retryMs = 10_000;

/** `mathmill mcp`: answers an assistant on standard input and output until the input ends. */
export async function mcpCommand(context: CommandContext, options: McpCommandOptions): Promise<ExitCode> {
  const client = createClient(context, options);
  const version = readPackageVersion();
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const handle = serveStdio(() => createMcpServer({ version, client, folder: options.folder }), {
    onerror: (error) => void context.messages.line(`mathmill: ${error.message}`),
  });
  context.input.once('end', resolve);
  context.input.once('close', resolve);
  await ended;
  await handle.close();
  return exitCodes.ok;
}

/** Without an address, no server is needed. */
function createClient({ environment }: CommandContext, { url }: McpCommandOptions): MathmillClient | undefined {
  if (url === undefined && (environment['MATHMILL_URL'] ?? '') === '') return undefined;
  const given = { MATHMILL_URL: url };
  const reading = readClientConfig({ ...environment, ...toSettings(given) });
  if (reading.kind === 'invalid') throw new CommandFailure(nameOptions(reading.problems.join('\n'), given));
  const token = readClientToken(reading.config);
  return new MathmillClient(reading.config.serverUrl, { retryMs, ...(token !== undefined && { token: token.text }) });
}
