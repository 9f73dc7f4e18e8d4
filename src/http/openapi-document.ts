/**
 * Details that the schemas of the routes do not have, added to the OpenAPI document: generators make clients from
 * it, and what it leaves out or overstates becomes a trap there.
 */
interface Parameter {
  required?: boolean;
  readonly schema?: { readonly default?: unknown };
}

interface Response {
  headers?: Record<string, object>;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly responses?: Readonly<Record<string, Response>>;
}

/** The part of an OpenAPI document that is completed here. */
export interface ApiDocument {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  components?: { headers?: Readonly<Record<string, object>> };
}

const commonHeaders = {
  'X-Request-Id': {
    description: 'Identifies the request. The server’s log has the same id.',
    schema: { type: 'string', format: 'uuid' },
  },
  'Retry-After': {
    description: 'Seconds to wait before the request is sent again, where that can be said.',
    schema: { type: 'integer' },
  },
};
/** Statuses after which the same request may succeed later. */
const retryableStatuses = new Set(['408', '409', '429', '503']);

/** Changes the document in place. */
export function completeDocument(document: ApiDocument): void {
  document.components = { ...document.components, headers: commonHeaders };
  for (const operations of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(operations) as Operation[]) completeOperation(operation);
  }
}

function completeOperation({ parameters = [], responses = {} }: Operation): void {
  // After validation a parameter with a default always has a value, so its schema calls it required; a client may omit it.
  for (const parameter of parameters) if (parameter.schema?.default !== undefined) parameter.required = false;
  for (const [status, response] of Object.entries(responses)) response.headers = headersOf(status, response);
}

function headersOf(status: string, { headers = {} }: Response): Record<string, object> {
  const retryAfter = retryableStatuses.has(status) ? referToHeader('Retry-After') : {};
  return { ...referToHeader('X-Request-Id'), ...retryAfter, ...headers };
}

function referToHeader(name: keyof typeof commonHeaders): Record<string, object> {
  return { [name]: { $ref: `#/components/headers/${name}` } };
}
