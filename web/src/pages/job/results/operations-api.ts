/** Rows of a job from the API. */
import { getJson } from '../../../api/client.ts';
import type { Operation, OperationPage } from '../../../api/types.ts';
import { createRow } from '../../../parts/results-table/row.ts';
import type { FoundPage } from '../../../parts/results-table/found-rows.ts';
import { pageSize, type LoadedPage } from '../../../parts/results-table/paged-rows.ts';

export const outcomes = ['all', 'failed', 'succeeded', 'pending'] as const;
export type OutcomeFilter = (typeof outcomes)[number];

export interface SearchQuery {
  readonly outcome: OutcomeFilter;
  /** Empty for none, as the code. */
  readonly text: string;
  readonly errorCode: string;
}

/** As the API writes it. */
interface SearchBody {
  readonly items: readonly Operation[];
  readonly next_line?: number | string;
  readonly searched_through: number | string;
}

const pathOf = (id: string): string => `api/jobs/${encodeURIComponent(id)}/operations`;

export async function loadPage(
  id: string,
  outcome: OutcomeFilter,
  place: { readonly page: number } | { readonly near_line: number },
  signal: AbortSignal,
): Promise<LoadedPage> {
  const query = { ...place, outcome, size: pageSize };
  const { page = 1, total, items } = await getJson<OperationPage>(pathOf(id), { query, signal });
  return { page, total, rows: items.map(createRow) };
}

export async function search(
  id: string,
  { outcome, text, errorCode }: SearchQuery,
  fromLine: number,
  signal: AbortSignal,
): Promise<FoundPage> {
  const query = {
    ...(text !== '' && { search: text }),
    ...(errorCode !== '' && { error_code: errorCode }),
    ...(outcome !== 'all' && { outcome }),
    from_line: fromLine,
    size: pageSize,
  };
  const found = await getJson<SearchBody>(`${pathOf(id)}/search`, { query, signal });
  return {
    rows: found.items.map(createRow),
    searchedThrough: Number(found.searched_through),
    ...(found.next_line !== undefined && { nextLine: Number(found.next_line) }),
  };
}

/** One row with all of its text. */
export async function loadOperation(id: string, line: string, signal: AbortSignal): Promise<Operation> {
  return getJson<Operation>(`${pathOf(id)}/${encodeURIComponent(line)}`, { signal });
}
