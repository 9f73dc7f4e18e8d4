import type { App } from '../route-context.ts';

/** The response to a scraper. */
export interface MetricsPage {
  readonly contentType: string;
  write(): Promise<string>;
}

/** No part of the API: it is there where metrics are scraped, and its form is Prometheus'. */
export function addMetricsRoute(app: App, page: MetricsPage): void {
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { access: 'operator' },
    schema: { hide: true },
    handler: async (_request, reply) => reply.type(page.contentType).send(await page.write()),
  });
}
