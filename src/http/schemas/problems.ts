import { Type } from 'typebox';
import { problemCodes } from '../problems.ts';
import { component } from './parts.ts';

export const problemSchema = component(
  'Problem',
  Type.Object(
    {
      type: Type.String({ format: 'uri' }),
      title: Type.String(),
      status: Type.Integer(),
      code: Type.String({
        pattern: '^[A-Z][A-Z0-9_]*$',
        description: 'What is wrong, for programs. New codes may be added.',
        examples: [...problemCodes],
      }),
      detail: Type.String({ description: 'For people.' }),
      instance: Type.String({ format: 'uri', description: 'The id of the request, as in the X-Request-Id header.' }),
      parameter: Type.Optional(
        Type.String({
          description: 'Of a table: the query parameter at fault, or `body` if the beginning of the file is.',
        }),
      ),
      formula: Type.Optional(
        Type.Integer({ minimum: 1, description: 'Which `formula` of the request is at fault, from 1 on.' }),
      ),
      column: Type.Optional(
        Type.Integer({ description: 'Where in that formula, as given: 1-based, in UTF-16 units.' }),
      ),
      end_column: Type.Optional(Type.Integer({ description: 'One past the last column of the place.' })),
      operations: Type.Optional(
        Type.Array(Type.String(), {
          description: 'Of a repair: the ids of operations that may not be corrected, up to 100 of them.',
        }),
      ),
    },
    { description: 'An RFC 9457 problem document.' },
  ),
);
