/** The instances of a cluster, and the answers to probes. */
import { Type, type Static } from 'typebox';
import { instanceRoles } from '../../engine/index.ts';
import { component, count, oneOf, time } from './parts.ts';

export const healthSchema = component('Health', Type.Object({ status: Type.Literal('UP') }));
export const readinessSchema = component(
  'Readiness',
  Type.Object({
    status: oneOf(['UP', 'DOWN']),
    failing: Type.Array(Type.String(), {
      description:
        'The parts that cannot serve now. With `UP`, requests are served without them: jobs wait until `bus` is back.',
    }),
  }),
);

const partSchema = (description: string) =>
  Type.Object(
    {
      kind: Type.String({ description: 'Which one it is, such as `sqlite` or `kafka`.' }),
      status: oneOf(['UP', 'DOWN']),
    },
    { description },
  );

export const clusterSchema = component(
  'Cluster',
  Type.Object({
    instances: Type.Array(
      Type.Object({
        id: Type.String({ description: 'The name of the instance: INSTANCE_ID.' }),
        role: oneOf(instanceRoles),
        version: Type.String({ description: 'The version of Mathmill that it runs.' }),
        started_at: time('When it started.'),
        seen_at: time('When it last reported.'),
        jobs: count('Unfinished jobs that it owns. A server-application owns none.'),
        chunks_in_flight: count('Chunks that it awaits the outcomes of; of a server-application, that it evaluates.'),
        operations_per_second: Type.Number({
          minimum: 0,
          description:
            'Operations whose outcomes it recorded in the last seconds; of a server-application, that it evaluated.',
        }),
      }),
      {
        description: 'The instances that reported within the last minute, by role and id. Standalone shows itself.',
      },
    ),
    topics: Type.Array(
      Type.Object({
        name: Type.String(),
        lag: count('Messages that are not handled yet.'),
      }),
      { description: 'The topics of the cluster whose lag is known. Standalone has none.' },
    ),
    store: partSchema('What keeps the jobs.'),
    bus: partSchema('What carries operations and outcomes.'),
  }),
);
export type ClusterBody = Static<typeof clusterSchema>;
