import { writeOpenApi } from '../openapi.ts';
import { addReferencePage } from '../reference-page/index.ts';
import type { App } from '../route-context.ts';

export async function addPages(app: App): Promise<void> {
  await addReferencePage(app);

  let document: string | undefined;
  app.route({
    method: 'GET',
    url: '/openapi.json',
    schema: { hide: true },
    handler: async (_request, reply) => {
      document ??= writeOpenApi(app);
      return reply.type('application/json; charset=utf-8').send(document);
    },
  });
}
