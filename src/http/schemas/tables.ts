/** The shapes of tables: jobs whose operations are the rows of a file. */
import { Type, type Static } from 'typebox';
import { component, count, mapOf, numberText, oneOf, operationErrorSchema, refer } from './parts.ts';

export const dialectSchema = component(
  'Dialect',
  Type.Object(
    {
      format: oneOf(['csv', 'ndjson'], { description: 'TSV is `csv` with the delimiter TAB.' }),
      delimiter: Type.Optional(
        Type.String({ description: 'Between cells: `,`, `;`, `|` or a TAB. Absent for NDJSON.' }),
      ),
      header: Type.Optional(oneOf(['present', 'absent'], { description: 'Absent for NDJSON.' })),
      decimal: Type.String({ description: 'The decimal mark of cells, and of results in CSV and text.' }),
      group: Type.Optional(Type.String({ description: 'The sign between groups of digits in cells.' })),
      numbers: oneOf(['strict', 'written']),
      missing: oneOf(['error', 'empty', 'zero']),
      missing_values: Type.Array(Type.String()),
    },
    { description: 'How the rows of a table are written, and how their cells are read.' },
  ),
);

export const columnTotalsSchema = component(
  'ColumnTotals',
  Type.Object(
    {
      count: count('Rows that have a number in this column.'),
      sum: numberText('Exact until it is rounded once. Null if it has too many digits.'),
      min: numberText('Null if there is no number.'),
      max: numberText('Null if there is no number.'),
      mean: numberText('The exact sum divided by the count, rounded once.'),
    },
    { description: 'Control totals of one column. Numbers are strings, so that no reader rounds them.' },
  ),
);

const totals = mapOf(
  refer(columnTotalsSchema),
  'Control totals of each formula and of each column that `total` named. While the job is in progress, they cover its first rows.',
);
const columns = Type.Array(Type.String(), {
  description: 'The columns of the file; of NDJSON, the members of its first object.',
});

/** Additional members of a job that is a table. Lists and events leave them out. */
export const tableJobMembers = {
  formulas: Type.Optional(
    Type.Array(Type.String(), { description: 'Of a table: its formulas, `name = expression`, in the order given.' }),
  ),
  columns: Type.Optional(columns),
  dialect: Type.Optional(refer(dialectSchema)),
  totals: Type.Optional(totals),
};

const results = mapOf(
  numberText(),
  'Of a table: the result of each formula. Null if it failed, or if a missing cell made it empty.',
);
const errors = mapOf(refer(operationErrorSchema), 'Of a table: the error of each formula that failed.');

/** Additional members of an operation that is the row of a table. A row that failed as a whole has `error`. */
export const rowMembers = { results: Type.Optional(results), errors: Type.Optional(errors) };

export const tablePreviewSchema = component(
  'TablePreview',
  Type.Object(
    {
      columns,
      dialect: refer(dialectSchema),
      formulas: Type.Array(
        Type.Object({
          name: Type.String(),
          formula: Type.String({ description: '`name = expression`.' }),
          position: Type.Integer({ minimum: 1, description: 'Its place in the order of evaluation.' }),
        }),
      ),
      rows: Type.Array(
        Type.Object({
          id: Type.String({ description: 'The number of the row, from 1 on.' }),
          request: Type.String({ description: 'The row without its line end.' }),
          results,
          errors: Type.Optional(errors),
          error: Type.Optional(refer(operationErrorSchema)),
        }),
        { description: 'The first rows, at most 20.' },
      ),
      totals: mapOf(refer(columnTotalsSchema), 'Control totals of these rows.'),
    },
    { description: 'What would become of a table. Nothing of it is kept.' },
  ),
);

const sign = (description: string) => Type.Optional(Type.String({ description }));

/** Without defaults, so that a handler sees what the client set: each is rejected where it means nothing. */
export const tableParameters = {
  formula: Type.Optional(
    Type.Array(Type.String(), {
      description:
        'A new column: `name = expression`, such as `total = price * qty`, over the columns of the file. 1 to 32 formulas of up to 8 KiB together; repeat the parameter for each. It makes the job a table. A `+` is written `%2B` in a URL.',
    }),
  ),
  total: Type.Optional(
    Type.Array(Type.String(), {
      description: 'A column of the file whose control totals are wanted; repeat the parameter, up to 16 times.',
    }),
  ),
  delimiter: sign('CSV only: `,`, `;`, `|` or `tab`. Default: the one that the first line shows.'),
  header: Type.Optional(
    oneOf(['present', 'absent'], {
      description: 'CSV and TSV only. Without a header, the columns are c1, c2 and so on. Default: present.',
    }),
  ),
  decimal: sign('Tables only: the decimal mark of cells and results, `.` or `,`. Default: `.`.'),
  group: sign(
    'Tables only: the sign between groups of three digits in cells: `.`, `,`, `space`, an apostrophe or a no-break space. Default: none.',
  ),
  numbers: Type.Optional(
    oneOf(['strict', 'written'], {
      description: 'Tables only. `written`: also read (12.00), 12 % and one currency sign. Default: strict.',
    }),
  ),
  missing: Type.Optional(
    oneOf(['error', 'empty', 'zero'], {
      description:
        'Tables only: what a missing cell means where a formula reads it: the error MISSING, an empty result, or 0. Default: error.',
    }),
  ),
  missing_values: sign(
    'Tables only: cell values that mean missing, separated by commas, in addition to the empty cell.',
  ),
  replace: Type.Optional(
    Type.Boolean({
      description:
        'Tables only: replace the cells of a column that has the name of a formula or of the error column. Default: false, and the request is rejected.',
    }),
  ),
  error_column: sign('CSV and TSV only: the name of the last column, which holds the errors of a row. Default: error.'),
  errors: Type.Optional(
    oneOf(['column', 'none'], {
      description: 'Tables only. `none`: results have no error column; of NDJSON, no member `errors`. Default: column.',
    }),
  ),
  dry_run: Type.Optional(
    Type.Boolean({
      description:
        'Tables only: check the request and evaluate the first 20 rows; the response is 200, and nothing is kept. Default: false.',
    }),
  ),
};

const parameters = Type.Object(tableParameters);
export type TableQuery = Static<typeof parameters>;
export const tableParameterNames = Object.keys(tableParameters) as readonly (keyof TableQuery)[];
