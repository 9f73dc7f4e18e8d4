import { problemResponses } from '../problem-responses.ts';
import type { App, RouteContext } from '../route-context.ts';
import { clusterSchema, noQuery, refer } from '../schemas/index.ts';
import { toClusterBody } from '../views.ts';

export function addClusterRoutes(app: App, { service }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/api/cluster',
    config: { access: 'operator' },
    schema: {
      operationId: 'getCluster',
      summary: 'Read the state of each instance, the lag of the topics, and the state of store and bus',
      description:
        'Responds also when a part is down; then it lists the instances that it can find without that part. Addresses and reasons are in the logs only.',
      tags: ['cluster'],
      querystring: noQuery,
      response: { 200: refer(clusterSchema), ...problemResponses('INVALID_PARAMETER') },
    },
    handler: async () => toClusterBody(await service.readCluster()),
  });
}
