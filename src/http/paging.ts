/** Pages of lists: by number, or by a cursor, which is the id of the last item that the client has seen. */
import { Problem } from './problems.ts';

export interface PageQuery {
  readonly page?: number;
  readonly size: number;
  readonly after?: string;
}

/** Position of a page: after a cursor, or after a number of items. */
export type PageStart =
  | { readonly kind: 'cursor'; readonly after: string }
  | { readonly kind: 'page'; readonly page: number; readonly offset: number };

export function readPageStart({ page, size, after }: PageQuery): PageStart {
  if (after === undefined) return { kind: 'page', page: page ?? 1, offset: ((page ?? 1) - 1) * size };
  if (page === undefined) return { kind: 'cursor', after };
  throw new Problem(
    'INVALID_PARAMETER',
    'The query parameters "page" and "after" exclude each other; send one of them.',
  );
}

export function invalidCursor(): Problem {
  return new Problem('INVALID_PARAMETER', 'The query parameter "after" must be the "next" of an earlier page.');
}

/** The body of a page. `page`: its number, if it was not read from a cursor on. */
export function toPageBody<Item>(page: number | undefined, size: number, total: number, items: Item[], next?: string) {
  return {
    ...(page === undefined ? {} : { page }),
    size,
    total,
    items,
    ...(next === undefined ? {} : { next }),
  };
}
