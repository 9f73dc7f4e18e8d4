/** Requests that create a job: uploads and repairs. */
import { Type, type Static } from 'typebox';
import { visibleJobStates } from '../../jobs/index.ts';
import { jobNameLengthMax } from './jobs.ts';
import { evaluationMode } from './number-mode.ts';
import { component, oneOf, strict } from './parts.ts';
import { tableParameters } from './tables.ts';

export const createdJobSchema = component(
  'CreatedJob',
  Type.Object({
    id: Type.String(),
    created_operations: Type.Integer({ description: 'Operations of the job: lines of the upload.' }),
    status: oneOf(visibleJobStates),
  }),
);

/** Forbidden characters of a name are checked by `checkJobName`: not every tool reads such a pattern. */
const name = Type.Optional(
  Type.String({
    maxLength: jobNameLengthMax,
    description:
      'A name for the job. Control characters, line separators and characters that change the direction of text are rejected.',
  }),
);

/** The JSON form of an upload, which every generated client can send. */
export const jobUploadSchema = component(
  'JobUpload',
  Type.Object(
    {
      operations: Type.Array(Type.String({ pattern: '^[^\\r\\n]*$' }), {
        description: 'The operations, one per item, without line breaks.',
        examples: [['1 + 2', 'sqrt(2)']],
      }),
      ...evaluationMode,
      name,
    },
    strict,
  ),
);
export type JobUploadBody = Static<typeof jobUploadSchema>;

export const uploadQuery = Type.Object({ ...evaluationMode, name, ...tableParameters }, strict);
export type UploadQuery = Static<typeof uploadQuery>;

export const repairQuery = Type.Object({ name }, strict);

export const uploadHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: '^[\\u0021-\\u007e](?:[\\u0020-\\u007e]*[\\u0021-\\u007e])?$',
      description:
        'Any unique string. The response to a repeated upload with the same key, content and options is the first job.',
    }),
  ),
});
