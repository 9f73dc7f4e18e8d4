import { McpServer } from '@modelcontextprotocol/server';
import type { MathmillClient } from '../client/index.ts';
import { addEvaluationTools } from './evaluation-tools.ts';
import { addJobTools } from './job-tools.ts';

export interface McpOptions {
  readonly version: string;
  /** Undefined: expressions are evaluated by this process, and there are no jobs. */
  readonly client: MathmillClient | undefined;
  /** Files in this folder, and in those below it, may be submitted. */
  readonly folder: string;
}

const instructions =
  'Evaluates mathematical expressions exactly (0.1 + 0.2 is 0.3). Use "evaluate" for up to 100 expressions, and a job for files or for many lines. A line that fails has an error with a code and a column; all other lines get their results. "list_functions" describes the language.';

export function createMcpServer({ version, client, folder }: McpOptions): McpServer {
  const server = new McpServer({ name: 'mathmill', version }, { capabilities: { tools: {} }, instructions });
  addEvaluationTools(server, client);
  if (client !== undefined) addJobTools(server, client, folder);
  return server;
}
