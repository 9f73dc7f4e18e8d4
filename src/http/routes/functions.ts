import { constantTable, engineVersion, functionTable, numberModes, operatorTable } from '../../expression/index.ts';
import { problemResponses } from '../problem-responses.ts';
import type { App } from '../route-context.ts';
import { languageSchema, noQuery, refer } from '../schemas/index.ts';

export function addFunctionRoutes(app: App): void {
  const language = {
    engine_version: engineVersion,
    modes: [...numberModes],
    operators: operatorTable.map((row) => ({ ...row, symbols: [...row.symbols], examples: [...row.examples] })),
    functions: functionTable.map((row) => ({ ...row, modes: [...row.modes], examples: [...row.examples] })),
    constants: constantTable.map((row) => ({ ...row, modes: [...row.modes], examples: [...row.examples] })),
  };
  app.route({
    method: 'GET',
    url: '/api/functions',
    config: { access: 'open' },
    schema: {
      operationId: 'listFunctions',
      summary: 'List the operators, functions and constants of expressions',
      tags: ['evaluate'],
      querystring: noQuery,
      response: { 200: refer(languageSchema), ...problemResponses() },
    },
    handler: async () => language,
  });
}
