import { constantTable, functionTable, numberModes, operatorTable } from '../../expression/index.ts';
import type { App } from '../route-context.ts';
import { languageSchema, noQuery, refer } from '../schemas.ts';

export function addFunctionRoutes(app: App): void {
  const language = {
    modes: [...numberModes],
    operators: operatorTable.map((row) => ({ ...row, symbols: [...row.symbols], examples: [...row.examples] })),
    functions: functionTable.map((row) => ({ ...row, modes: [...row.modes], examples: [...row.examples] })),
    constants: constantTable.map((row) => ({ ...row, modes: [...row.modes], examples: [...row.examples] })),
  };
  app.route({
    method: 'GET',
    url: '/api/functions',
    schema: {
      operationId: 'listFunctions',
      summary: 'The language of operations: operators, functions and constants',
      tags: ['evaluate'],
      querystring: noQuery,
      response: { 200: refer(languageSchema) },
    },
    handler: async () => language,
  });
}
