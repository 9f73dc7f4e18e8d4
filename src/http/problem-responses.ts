import { problemSchema, refer } from './schemas/index.ts';
import { problemTypes, type ProblemCode } from './problems.ts';

/** Problems that any route may return. */
const commonCodes: readonly ProblemCode[] = [
  'MALFORMED_REQUEST',
  'INVALID_PARAMETER',
  'FORBIDDEN_HOST',
  'FORBIDDEN_ORIGIN',
  'INTERNAL',
  'UNAVAILABLE',
  'STOPPING',
];

/**
 * The problem documents that a route may respond with, for the OpenAPI document: `codes` and those common to all routes.
 * Codes of one status share a response.
 */
export function problemResponses(...codes: readonly ProblemCode[]): Record<number, object> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set([...codes, ...commonCodes])) {
    const { status } = problemTypes[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    Array.from(byStatus, ([status, ofStatus]) => [
      status,
      {
        description: ofStatus.map((code) => `\`${code}\`: ${problemTypes[code].description}`).join('\n\n'),
        content: { 'application/problem+json': { schema: refer(problemSchema) } },
      },
    ]),
  );
}
