/** Tools that need no job: evaluation, and the language of expressions. */
import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { MathmillClient } from '../client/index.ts';
import {
  constantTable,
  createLineEvaluator,
  engineVersion,
  functionTable,
  numberModes,
  operatorTable,
  precisionDefault,
  precisionMax,
  precisionMin,
} from '../expression/index.ts';
import { answer } from './tool-result.ts';

export const numberOptions = {
  mode: z
    .enum(numberModes)
    .default('decimal')
    .describe('decimal: exact decimal arithmetic; rational: fractions; bigint: integers; float64: IEEE doubles'),
  precision: z
    .number()
    .int()
    .min(precisionMin)
    .max(precisionMax)
    .default(precisionDefault)
    .describe('Significant digits of the mode decimal'),
};

const expressionsMax = 100;

export function addEvaluationTools(server: McpServer, client: MathmillClient | undefined): void {
  server.registerTool(
    'evaluate',
    {
      title: 'Evaluate expressions',
      description: 'Evaluates up to 100 expressions, such as "sqrt(2) * 3". Nothing is stored.',
      inputSchema: z.object({
        expressions: z.array(z.string().max(65_536)).min(1).max(expressionsMax),
        ...numberOptions,
      }),
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async ({ expressions, mode, precision }, { mcpReq }) =>
      answer(async () =>
        client === undefined
          ? evaluateHere(expressions, { mode, precision })
          : { results: await client.evaluate(expressions, { mode, precision, signal: mcpReq.signal }) },
      ),
  );

  server.registerTool(
    'list_functions',
    {
      title: 'List functions, operators and constants',
      description: 'Describes what expressions can use, with examples. With "search", only what contains that text.',
      inputSchema: z.object({ search: z.string().max(100).optional().describe('A part of a name or description') }),
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async ({ search = '' }) => answer(async () => listFunctions(search.toLowerCase())),
  );
}

function evaluateHere(expressions: readonly string[], settings: Parameters<typeof createLineEvaluator>[0]) {
  const evaluator = createLineEvaluator(settings);
  const results = expressions.map((request) => {
    const outcome = evaluator.evaluateText(request.replaceAll(/\r?\n/g, ' '));
    if (outcome.kind === 'result') return { request, result: outcome.text };
    const { code, message, column, endColumn } = outcome.error;
    return { request, error: column === 0 ? { code, message } : { code, message, column, end_column: endColumn } };
  });
  return { results };
}

function listFunctions(search: string): Record<string, unknown> {
  const matches = (row: object): boolean => search === '' || JSON.stringify(row).toLowerCase().includes(search);
  return {
    engine_version: engineVersion,
    operators: operatorTable.filter(matches),
    functions: functionTable.filter(matches),
    constants: constantTable.filter(matches),
  };
}
