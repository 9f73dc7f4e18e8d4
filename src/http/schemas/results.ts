import { Type, type Static } from 'typebox';
import { tableResultFormats } from '../../formats/index.ts';
import { oneOf, strict, withDefault } from './parts.ts';

export const resultsQuery = Type.Object(
  {
    format: Type.Optional(
      oneOf(tableResultFormats, {
        description:
          'Takes precedence over the Accept header. A job of lines has text, csv and ndjson. A table has text, ndjson and the format of its file; without `format` and Accept, it is that of the file.',
      }),
    ),
    from: withDefault(Type.Integer({ minimum: 1, default: 1, description: 'The operation to begin with.' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, description: 'Maximum number of operations.' })),
    outcome: withDefault(
      oneOf(['all', 'succeeded', 'failed'], { default: 'all', description: 'Which operations are included.' }),
    ),
    follow: withDefault(
      Type.Boolean({
        default: false,
        description:
          'Wait for operations that have no outcome yet. Without it the response ends before the first of them.',
      }),
    ),
    spreadsheet_safe: withDefault(
      Type.Boolean({
        default: false,
        description:
          'CSV and TSV only: put an apostrophe before text that a spreadsheet would run as a formula. Plain numbers stay as they are.',
      }),
    ),
    objects: withDefault(
      oneOf(['rows', 'operations'], {
        default: 'rows',
        description:
          'NDJSON only, and only of use for a table that was NDJSON itself: `operations` writes `{id, request, results, errors?, error?}` as for other tables, in place of the rows with their results.',
      }),
    ),
    results: withDefault(
      oneOf(['string', 'number'], {
        default: 'string',
        description:
          'NDJSON of tables only: `number` writes results that are JSON numbers or Booleans without quotes. Many JSON readers round numbers of more than 15 digits.',
      }),
    ),
  },
  strict,
);

export type ResultsRequestQuery = Static<typeof resultsQuery>;
