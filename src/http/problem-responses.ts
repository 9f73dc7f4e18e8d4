import { problemSchema, refer } from './schemas.ts';
import { problemTypes, type ProblemCode } from './problems.ts';

/** The answers of a route that are problem documents, for the OpenAPI document: codes of one status share an answer. */
export function problemResponses(...codes: readonly ProblemCode[]): Record<number, object> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) {
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
