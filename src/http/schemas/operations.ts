/** The operations of a job, one by one. */
import { Type, type Static } from 'typebox';
import { errorCodePattern } from '../../jobs/index.ts';
import { pageOf, paging } from './paging.ts';
import { component, count, oneOf, operationErrorSchema, refer, strict, withDefault } from './parts.ts';
import { rowMembers } from './tables.ts';

export const operationSchema = component(
  'Operation',
  Type.Object({
    id: Type.String({ description: 'The line number in the upload, from 1 on.' }),
    custom_id: Type.Optional(Type.String({ description: 'The id that the upload gave it.' })),
    request: Type.String({ description: 'The operation as it was sent; of a table, the row without its line end.' }),
    result: Type.Optional(Type.String({ description: 'The result, once there is one.' })),
    error: Type.Optional(refer(operationErrorSchema)),
    ...rowMembers,
  }),
);
export type OperationBody = Static<typeof operationSchema>;

export const operationPageSchema = pageOf('OperationPage', refer(operationSchema));

export const operationSearchSchema = component(
  'OperationSearch',
  Type.Object({
    items: Type.Array(refer(operationSchema), {
      description: 'What was found, in line order; may be empty before the end, too.',
    }),
    searched_through: count('The last line that was searched.'),
    next_line: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'Pass it as `from_line` to continue. Absent once the last line was searched.',
      }),
    ),
  }),
);

export const operationParameters = Type.Object({
  job_id: Type.String({ description: 'The id of the job.' }),
  operation_id: Type.String({ description: 'The id of the operation.' }),
});

const outcome = withDefault(
  oneOf(['all', 'succeeded', 'failed', 'pending'], {
    default: 'all',
    description: 'Which operations are listed. Pending operations have no outcome yet.',
  }),
);
/** Generated clients keep a line in 64 bits, and a number here is exact in 53. */
const lineNumber = (description: string) => Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description });

export const operationsQuery = Type.Object(
  {
    ...paging,
    outcome,
    near_line: Type.Optional(
      lineNumber(
        'Get the page that holds the operation of this line, or else the first listed operation after it, or else the last page. `page` of the response is its number. Not with `page` and `after`.',
      ),
    ),
  },
  strict,
);

export type OperationsRequestQuery = Static<typeof operationsQuery>;

/** Characters of a search string. */
const searchLengthMax = 256;

export const searchQuery = Type.Object(
  {
    search: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: searchLengthMax,
        description:
          'Text that the request, a result, an error code or the `custom_id` contains. Case-sensitive; no character has a special meaning.',
      }),
    ),
    error_code: Type.Optional(
      Type.String({
        pattern: errorCodePattern.source,
        description:
          'The code of the error, as in `error_counts` of the job: of a row, that of its first formula that failed.',
      }),
    ),
    outcome,
    from_line: withDefault(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        default: 1,
        description: 'The line to begin with: 1, or `next_line` of the response before.',
      }),
    ),
    size: paging.size,
  },
  strict,
);
export type SearchRequestQuery = Static<typeof searchQuery>;
