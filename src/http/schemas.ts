/**
 * The shapes of requests and answers. Validation, serialization and the OpenAPI document all come from here. Schemas
 * with an `$id` are named components of the document.
 */
import { Type, type Static, type TSchema } from 'typebox';
import { numberModes, precisionDefault, precisionMax, precisionMin } from '../expression/index.ts';
import { visibleJobStates } from '../jobs/index.ts';
import { resultFormats } from '../formats/index.ts';
import { problemCodes } from './problems.ts';

/** One of a list of strings, written as `enum`, which every tool understands. */
function oneOf<const Values extends readonly string[]>(values: Values, options: object = {}) {
  return Type.Unsafe<Values[number]>({ type: 'string', enum: [...values], ...options });
}

/** A reference to a schema with an `$id`. */
export function refer<Schema extends TSchema>(schema: Schema & { readonly $id: string }) {
  return Type.Unsafe<Static<Schema>>({ $ref: `${schema.$id}#` });
}

function component<Schema extends TSchema>(name: string, schema: Schema): Schema & { readonly $id: string } {
  return Object.assign(schema, { $id: name, title: name });
}

const modeDescription = 'How numbers are computed; see /api/functions for what each mode knows.';
const precisionDescription = 'Significant decimal digits; only the mode decimal uses it.';
const count = (description: string) => Type.Integer({ minimum: 0, description });
const time = (description: string) => Type.String({ format: 'date-time', description });

export const jobSchema = component(
  'Job',
  Type.Object({
    id: Type.String({ description: 'Opaque.' }),
    name: Type.Optional(Type.String({ description: 'The name that its owner gave it.' })),
    status: oneOf(visibleJobStates),
    mode: Type.String({ description: modeDescription }),
    precision: Type.Integer({ description: precisionDescription }),
    operations: count('Operations of the job.'),
    completed: count('Operations with an outcome: succeeded + failed + cancelled.'),
    succeeded: count('Operations with a result.'),
    failed: count('Operations with an error.'),
    cancelled: count('Operations that the cancellation of the job left without a result.'),
    created_at: time('When the upload began.'),
    finished_at: Type.Optional(time('When the last operation got its outcome.')),
    expires_at: Type.Optional(time('When the job will be deleted.')),
  }),
);
export type JobBody = Static<typeof jobSchema>;

export const createdJobSchema = component(
  'CreatedJob',
  Type.Object({
    id: Type.String(),
    created_operations: Type.Integer({ description: 'Operations of the job: lines of the upload.' }),
    status: oneOf(visibleJobStates),
  }),
);

const operationErrorSchema = component(
  'OperationError',
  Type.Object({
    code: Type.String({ description: 'What is wrong, from a closed list; see the operations reference.' }),
    message: Type.String({ description: 'The same for people.' }),
    column: Type.Optional(Type.Integer({ description: 'Where, if it has a place: 1-based, in UTF-16 units.' })),
    end_column: Type.Optional(Type.Integer({ description: 'One past the last column of the place.' })),
  }),
);
export type OperationErrorBody = Static<typeof operationErrorSchema>;

export const operationSchema = component(
  'Operation',
  Type.Object({
    id: Type.String({ description: 'The line number in the upload, from 1 on.' }),
    custom_id: Type.Optional(Type.String({ description: 'The id that the upload gave it.' })),
    request: Type.String({ description: 'The operation as it was sent.' }),
    result: Type.Optional(Type.String({ description: 'The result, once there is one.' })),
    error: Type.Optional(refer(operationErrorSchema)),
  }),
);
export type OperationBody = Static<typeof operationSchema>;

export const evaluationSchema = component(
  'Evaluation',
  Type.Object({
    request: Type.String(),
    result: Type.Optional(Type.String()),
    error: Type.Optional(refer(operationErrorSchema)),
  }),
);

export const problemSchema = component(
  'Problem',
  Type.Object(
    {
      type: Type.String({ format: 'uri' }),
      title: Type.String(),
      status: Type.Integer(),
      code: oneOf(problemCodes),
      detail: Type.String({ description: 'For people.' }),
      instance: Type.String({ format: 'uri', description: 'The id of the request, as in the X-Request-Id header.' }),
    },
    { description: 'An RFC 9457 problem document.' },
  ),
);

function pageOf<Schema extends TSchema>(name: string, item: Schema) {
  return component(
    name,
    Type.Object({
      page: Type.Integer({ description: 'The page that this is, from 1 on.' }),
      size: Type.Integer({ description: 'Items of a full page.' }),
      total: count('Items on all pages.'),
      items: Type.Array(item),
    }),
  );
}

export const jobPageSchema = pageOf('JobPage', refer(jobSchema));
export const operationPageSchema = pageOf('OperationPage', refer(operationSchema));

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

export const healthSchema = component('Health', Type.Object({ status: Type.Literal('UP') }));
export const readinessSchema = component(
  'Readiness',
  Type.Object({
    status: oneOf(['UP', 'DOWN']),
    failing: Type.Array(Type.String(), { description: 'The parts that cannot serve now.' }),
  }),
);

export const components = [
  jobSchema,
  createdJobSchema,
  jobPageSchema,
  operationErrorSchema,
  operationSchema,
  operationPageSchema,
  evaluationSchema,
  languageSchema,
  healthSchema,
  readinessSchema,
  problemSchema,
];

// ---------------------------------------------------------------------------------------------------------- requests

const strict = { additionalProperties: false } as const;

export const jobParameters = Type.Object({ job_id: Type.String({ description: 'The id of the job.' }) });
export const operationParameters = Type.Object({
  job_id: Type.String({ description: 'The id of the job.' }),
  operation_id: Type.String({ description: 'The id of the operation.' }),
});

const mode = oneOf(numberModes, { default: numberModes[0], description: modeDescription });
const precision = Type.Integer({
  minimum: precisionMin,
  maximum: precisionMax,
  default: precisionDefault,
  description: precisionDescription,
});

export const noQuery = Type.Object({}, strict);
export const jobQuery = Type.Object(
  {
    wait: Type.Integer({
      minimum: 0,
      maximum: 60,
      default: 0,
      description:
        'Seconds to wait for the job to be finished, 0 to 60. The answer comes as soon as it is, or shows the job as it is then.',
    }),
  },
  strict,
);

export const uploadQuery = Type.Object(
  {
    mode,
    precision,
    name: Type.Optional(
      Type.String({
        maxLength: 200,
        pattern: '^[^\\u0000-\\u001f\\u007f]*$',
        description: 'A name for the job, to find it again.',
      }),
    ),
  },
  strict,
);

export const uploadHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: '^[\\u0021-\\u007e](?:[\\u0020-\\u007e]*[\\u0021-\\u007e])?$',
      description:
        'Any unique text. A repeated upload with the same key, content and options is answered with the first job.',
    }),
  ),
});

const page = Type.Integer({ default: 1, description: 'From 1 on; out of range is clamped.' });
const size = Type.Integer({ default: 30, description: 'Items a page, 1 to 100; out of range is clamped.' });

export const pageQuery = Type.Object({ page, size }, strict);
export const operationsQuery = Type.Object(
  {
    page,
    size,
    outcome: oneOf(['all', 'succeeded', 'failed', 'pending'], {
      default: 'all',
      description: 'Which operations are listed; pending ones have no outcome yet.',
    }),
  },
  strict,
);

export const resultsQuery = Type.Object(
  {
    format: Type.Optional(oneOf(resultFormats, { description: 'Goes before the Accept header.' })),
    from: Type.Integer({ minimum: 1, default: 1, description: 'The operation to begin with.' }),
    limit: Type.Optional(Type.Integer({ minimum: 1, description: 'Operations to give at most.' })),
    outcome: oneOf(['all', 'succeeded', 'failed'], { default: 'all', description: 'Which operations are given.' }),
    follow: Type.Boolean({
      default: false,
      description: 'Wait for operations that have no outcome yet. Without it the answer ends before the first of them.',
    }),
  },
  strict,
);

const evaluationMode = {
  mode: Type.Optional(oneOf(numberModes, { description: modeDescription })),
  precision: Type.Optional(
    Type.Integer({ minimum: precisionMin, maximum: precisionMax, description: precisionDescription }),
  ),
};
export const evaluateQuery = Type.Object(evaluationMode, strict);
export const evaluateBody = Type.Object(
  { operations: Type.Array(Type.String(), { minItems: 1, maxItems: 100 }), ...evaluationMode },
  strict,
);
