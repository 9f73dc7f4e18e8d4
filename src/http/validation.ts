/**
 * Checks requests against their schemas. Query parameters, path parameters and headers are strings on the wire, so they
 * are read as the integers and Booleans that their schemas name, and as lists of one where these name a list. A JSON body has types of its own: nothing in it is
 * converted, because `true` or 12345678901234567890 in the place of an operation would become another operation.
 */
import { Ajv, type AnySchema, type ValidateFunction } from 'ajv';

export interface ValidatorSource {
  readonly schema: unknown;
  readonly httpPart?: string;
}

export function createValidatorCompiler(): (source: ValidatorSource) => ValidateFunction {
  const ofStrings = new Ajv({ coerceTypes: 'array', useDefaults: true });
  const ofJson = new Ajv({ coerceTypes: false });
  return ({ schema, httpPart }) => (httpPart === 'body' ? ofJson : ofStrings).compile(schema as AnySchema);
}
