/** Rows of the tables that docs/api.md takes from the OpenAPI document. Names are code, as Markdown writes it. */

interface OpenApi {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly summary?: string; readonly description?: string }>>>
  >;
  readonly components: { readonly schemas: Readonly<Record<string, ObjectSchema>> };
}

interface ObjectSchema {
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, { readonly description?: string; readonly enum?: readonly string[] }>>;
}

/** Each request and what it does. */
export function endpointRows(document: string): string[][] {
  const { paths } = JSON.parse(document) as OpenApi;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { summary = '', description = '' }]) => [
      `\`${method.toUpperCase()} ${path}\``,
      description === '' ? `${summary}.` : `${summary}. ${description}`,
    ]),
  );
}

/** Each member of an object: its name, whether it is always there, and its meaning or values. */
export function memberRows(document: string, name: string): string[][] {
  const schema = (JSON.parse(document) as OpenApi).components.schemas[name];
  if (schema === undefined) throw new Error(`the OpenAPI document has no schema ${name}`);
  const { required = [], properties = {} } = schema;
  return Object.entries(properties).map(([member, { description, enum: values = [] }]) => [
    `\`${member}\``,
    required.includes(member) ? 'always' : 'if it applies',
    description ?? (values.length > 0 ? values.map((value) => `\`${value}\``).join(', ') : 'see the OpenAPI document'),
  ]);
}
