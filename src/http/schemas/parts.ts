/** Parts that several schemas use. */
import { Type, type Static, type TSchema } from 'typebox';

/** One of a list of strings, written as `enum`, which every tool understands. */
export function oneOf<const Values extends readonly string[]>(values: Values, options: object = {}) {
  return Type.Unsafe<Values[number]>({ type: 'string', enum: [...values], ...options });
}

/** A reference to a schema with an `$id`. */
export function refer<Schema extends TSchema>(schema: Schema & { readonly $id: string }) {
  return Type.Unsafe<Static<Schema>>({ $ref: `${schema.$id}#` });
}

/** A parameter that may be left out: the validator puts its default in, so a handler always sees a value. */
export function withDefault<Schema extends TSchema>(schema: Schema): Schema {
  return Type.Optional(schema);
}

export function component<Schema extends TSchema>(name: string, schema: Schema): Schema & { readonly $id: string } {
  return Object.assign(schema, { $id: name, title: name });
}

/** For the parameters of a request, and for bodies: what is not named is rejected. */
export const strict = { additionalProperties: false } as const;

export const count = (description: string) => Type.Integer({ minimum: 0, description });

/** A number as text, or null where there is none. */
export const numberText = (description?: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], ...(description === undefined ? {} : { description }) });

/** An object with a value of one schema for each name. */
export function mapOf<Schema extends TSchema>(schema: Schema, description: string) {
  return Type.Unsafe<Record<string, Static<Schema>>>({ type: 'object', additionalProperties: schema, description });
}

export const time = (description: string) => Type.String({ format: 'date-time', description });

export const noQuery = Type.Object({}, strict);

export const operationErrorSchema = component(
  'OperationError',
  Type.Object({
    code: Type.String({ description: 'What is wrong, from a closed list; see the operations reference.' }),
    message: Type.String({ description: 'The same for people.' }),
    column: Type.Optional(Type.Integer({ description: 'Where, if it has a place: 1-based, in UTF-16 units.' })),
    end_column: Type.Optional(Type.Integer({ description: 'One past the last column of the place.' })),
  }),
);
export type OperationErrorBody = Static<typeof operationErrorSchema>;
