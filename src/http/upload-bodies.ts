/** The forms in which an upload can be written, by its Content-Type. */
import type { FastifyRequest } from 'fastify';
import type { UploadFormat } from '../engine/index.ts';
import { Problem } from './problems.ts';
import { jobUploadSchema, refer } from './schemas/index.ts';

/** How a body is written. Bytes of no known type are most likely a file of operations. */
export type BodyForm = Exclude<UploadFormat, 'strings'> | 'json';

const bodyForms: Readonly<Record<string, BodyForm>> = {
  'text/plain': 'text',
  'application/octet-stream': 'text',
  'application/x-ndjson': 'ndjson',
  'application/json': 'json',
  'text/csv': 'csv',
  'text/tab-separated-values': 'tsv',
};
const takenTypes =
  'text/plain (one operation per line), application/x-ndjson (one {"request": …} object per line), application/json ({"operations": ["1 + 2", …]}), or text/csv or text/tab-separated-values (a table, with "formula" in the query)';

/** The body in the OpenAPI document; Fastify does not read it. Generated clients take the first type. */
export const requestBody = {
  required: true,
  content: {
    'application/json': { schema: refer(jobUploadSchema) },
    'text/plain': describeText('One operation per line.', '7 + 4 + 6 - 5 * 2\n1 / 3\n'),
    'application/octet-stream': {
      schema: { type: 'string', format: 'binary', minLength: 1, description: 'As text/plain.' },
    },
    'application/x-ndjson': describeText(
      'One object per line: `custom_id` (optional) and `request`; with `formula`, any object.',
      '{"custom_id": "a", "request": "1 + 2"}\n',
    ),
    'text/csv': describeText('A table: a header, then rows. `formula` is needed.'),
    'text/tab-separated-values': describeText('As text/csv, with TAB between cells.'),
  },
};

/** An example is a request on its own: it needs no query. */
function describeText(description: string, ...examples: readonly string[]) {
  return { schema: { type: 'string', minLength: 1, description, ...(examples.length > 0 ? { examples } : {}) } };
}

/** Throws UNSUPPORTED_MEDIA_TYPE. */
export function readForm(request: FastifyRequest): BodyForm {
  const header = request.headers['content-type'];
  if (header === undefined) {
    throw new Problem('UNSUPPORTED_MEDIA_TYPE', `The Content-Type is missing; send ${takenTypes}.`);
  }
  const [type = '', ...parameters] = header.split(';').map((part) => part.trim().toLowerCase());
  const form = Object.hasOwn(bodyForms, type) ? bodyForms[type] : undefined;
  if (form === undefined) {
    const hint =
      type === 'application/x-www-form-urlencoded'
        ? `Send ${takenTypes}. curl -d sends this type and joins the lines of a file: use --data-binary @file -H 'Content-Type: text/plain'.`
        : `Send ${takenTypes}.`;
    throw new Problem('UNSUPPORTED_MEDIA_TYPE', hint);
  }
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  if (charset !== undefined && !isTakenCharset(form, charset)) {
    throw new Problem(
      'UNSUPPORTED_MEDIA_TYPE',
      `The charset must be utf-8${isTable(form) ? ', or one of single bytes such as iso-8859-1' : ''}.`,
    );
  }
  return form;
}

const utf8Charset = /^"?(?:utf-?8|us-ascii)"?$/;
/** Their bytes up to 0x7f are those of ASCII, and no other character holds one of these. */
const singleByteCharset = /^"?(?:iso-8859-\d{1,2}|latin-?[1-9]|windows-125\d|macintosh)"?$/;

/** Cells of CSV pass through byte for byte, so they may be in any such charset. */
function isTakenCharset(form: BodyForm, charset: string): boolean {
  return utf8Charset.test(charset) || (isTable(form) && singleByteCharset.test(charset));
}

function isTable(form: BodyForm): boolean {
  return form === 'csv' || form === 'tsv';
}
