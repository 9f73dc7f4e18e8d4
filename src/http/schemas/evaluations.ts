/** Expressions that are evaluated without a job, and the language that they are written in. */
import { Type } from 'typebox';
import { numberModes } from '../../expression/index.ts';
import { engineVersions, evaluationMode } from './number-mode.ts';
import { component, oneOf, operationErrorSchema, refer, strict } from './parts.ts';

export const evaluationSchema = component(
  'Evaluation',
  Type.Object({
    request: Type.String(),
    result: Type.Optional(Type.String()),
    error: Type.Optional(refer(operationErrorSchema)),
  }),
);

export const evaluationsSchema = component(
  'Evaluations',
  Type.Object({
    engine: engineVersions('The version of the expression engine that evaluated them.'),
    results: Type.Array(refer(evaluationSchema)),
  }),
);

export const evaluationRequestSchema = component(
  'EvaluationRequest',
  Type.Object(
    {
      operations: Type.Array(Type.String(), { minItems: 1, maxItems: 100, examples: [['1 + 2', 'sqrt(2)']] }),
      ...evaluationMode,
    },
    strict,
  ),
);

export const evaluateQuery = Type.Object(evaluationMode, strict);

const example = Type.Object({
  line: Type.String(),
  result: Type.String(),
  mode: Type.Optional(oneOf(numberModes)),
});
const modes = Type.Array(oneOf(numberModes), { description: 'The modes that have it.' });
const examples = Type.Array(example);

export const languageSchema = component(
  'Language',
  Type.Object({
    engine_version: Type.String({ description: 'Changes whenever the result of any operation may change.' }),
    modes: Type.Array(oneOf(numberModes)),
    operators: Type.Array(
      Type.Object({
        symbols: Type.Array(Type.String()),
        precedence: Type.Integer({ description: 'A higher one binds tighter.' }),
        grouping: oneOf(['left', 'right', 'none', 'prefix', 'postfix']),
        description: Type.String(),
        examples,
      }),
    ),
    functions: Type.Array(
      Type.Object({
        name: Type.String(),
        signature: Type.String(),
        arity: Type.Object({ min: Type.Integer(), max: Type.Integer() }),
        returns: oneOf(['number', 'boolean', 'either']),
        modes,
        cost: Type.Number({ description: 'Cost units of every call; more is charged by size of the operands.' }),
        bound: Type.String({ description: 'What arguments it takes; empty when any number will do.' }),
        description: Type.String(),
        examples,
      }),
    ),
    constants: Type.Array(Type.Object({ name: Type.String(), modes, description: Type.String(), examples })),
  }),
);
