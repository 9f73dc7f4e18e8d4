/** Jobs: as they are shown, listed, and followed. */
import { Type, type Static } from 'typebox';
import { visibleJobStates } from '../../jobs/index.ts';
import { engineVersions, modeDescription, precisionDescription } from './number-mode.ts';
import { pageOf, paging } from './paging.ts';
import { component, count, mapOf, oneOf, refer, strict, time, withDefault } from './parts.ts';
import { tableJobMembers } from './tables.ts';

/** UTF-16 units of a job's name. */
export const jobNameLengthMax = 200;

export const jobSchema = component(
  'Job',
  Type.Object({
    id: Type.String({ description: 'Opaque.' }),
    tenant: Type.Optional(Type.String({ description: 'Whose job it is. Absent: it belongs to the tenant `default`.' })),
    name: Type.Optional(Type.String({ description: 'The name that its owner gave it.' })),
    repairs: Type.Optional(
      Type.String({
        description:
          'The id of the job whose failed operations this one corrects. That job may have been deleted since.',
      }),
    ),
    status: oneOf(visibleJobStates),
    mode: Type.String({ description: modeDescription }),
    precision: Type.Integer({ description: precisionDescription }),
    operations: count('Operations of the job.'),
    completed: count('Operations with an outcome: succeeded + failed + cancelled.'),
    succeeded: count('Operations with a result.'),
    failed: count('Operations with an error.'),
    cancelled: count('Operations that the cancellation of the job left without a result.'),
    error_counts: mapOf(
      Type.Integer({ minimum: 1 }),
      'Operations with an error, by its code. The row of a table counts once, under the code of its first formula that failed. Adds up to `failed`, unless operations were evaluated by a version without these counts.',
    ),
    engine: engineVersions(
      'Versions of the expression engine that evaluated operations so far, in ascending order; more than one if the server was upgraded meanwhile. "unknown" stands for the version before 3.',
    ),
    created_at: time('When the upload began.'),
    finished_at: Type.Optional(time('When the last operation got its outcome.')),
    expires_at: Type.Optional(time('When the job will be deleted.')),
    ...tableJobMembers,
  }),
);
export type JobBody = Static<typeof jobSchema>;

/** The data of the last event of a job's event stream. */
export const jobEndSchema = component(
  'JobEnd',
  Type.Object({ reason: oneOf(['finished', 'deleted'], { description: 'Why there are no more events.' }) }),
);
export type JobEndBody = Static<typeof jobEndSchema>;

/** Format of the stream of events. A stream has no schema in OpenAPI 3.1, so it refers to this in words. */
export const jobEventSchema = component(
  'JobEvent',
  Type.Object({
    event: oneOf(['progress', 'end']),
    data: Type.Unsafe<string>({
      type: 'string',
      contentMediaType: 'application/json',
      description: 'One line of JSON: a `Job` in a `progress` event, a `JobEnd` in an `end` event.',
    }),
    id: Type.Optional(Type.String({ description: 'Only the `end` event has one.' })),
  }),
);

export const jobPageSchema = pageOf('JobPage', refer(jobSchema));

const more = Type.Boolean({ description: 'There are other such jobs: send the request again until this is false.' });
export const deletedJobsSchema = component(
  'DeletedJobs',
  Type.Object({ deleted: count('Jobs that this request deleted.'), more }),
);
export const cancelledJobsSchema = component(
  'CancelledJobs',
  Type.Object({ cancelled: count('Jobs that this request cancelled.'), more }),
);

export const jobParameters = Type.Object({ job_id: Type.String({ description: 'The id of the job.' }) });

export const jobQuery = Type.Object(
  {
    wait: withDefault(
      Type.Integer({
        minimum: 0,
        maximum: 60,
        default: 0,
        description:
          'Seconds to wait for the job to finish. The response is sent when the job has finished, or shows the job as it is after this time.',
      }),
    ),
  },
  strict,
);

const jobFilter = {
  status: Type.Optional(
    Type.Array(oneOf(visibleJobStates), {
      minItems: 1,
      description: 'Only jobs with this status; repeat the parameter for several.',
    }),
  ),
  name: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: jobNameLengthMax,
      description: 'Only jobs whose name holds this text. ASCII letters match in either case.',
    }),
  ),
  before: Type.Optional(
    Type.String({
      maxLength: 40,
      description:
        'Only jobs created before this time: an RFC 3339 time with its zone, such as `2026-11-30T12:00:00Z`. A `+` is written `%2B` in a URL.',
    }),
  ),
};

export const jobFilterQuery = Type.Object(jobFilter, strict);
export type JobFilterQuery = Static<typeof jobFilterQuery>;
export const jobListQuery = Type.Object({ ...paging, ...jobFilter }, strict);

export const eventHeaders = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({
      description: 'Browsers send it when they connect again. After the `end` event the response is 204.',
    }),
  ),
});
