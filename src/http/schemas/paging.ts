/** Pages of a list, and the parameters that choose one. */
import { Type, type TSchema } from 'typebox';
import { component, count, withDefault } from './parts.ts';

export function pageOf<Schema extends TSchema>(name: string, item: Schema) {
  return component(
    name,
    Type.Object({
      page: Type.Optional(Type.Integer({ description: 'The requested page. Absent if the request had `after`.' })),
      size: Type.Integer({ description: 'The requested number of items per page.' }),
      total: count('Items on all pages.'),
      items: Type.Array(item, { description: 'Empty past the end.' }),
      next: Type.Optional(
        Type.String({
          description: 'An opaque cursor: pass it as `after` to get the items that follow. Absent on the last page.',
        }),
      ),
    }),
  );
}

/** Generated clients keep a page in 32 bits. */
const pageMax = 2 ** 31 - 1;

export const paging = {
  page: Type.Optional(
    Type.Integer({ minimum: 1, maximum: pageMax, description: 'The page, from 1 on. Default: 1. Not with `after`.' }),
  ),
  size: withDefault(Type.Integer({ minimum: 1, maximum: 100, default: 30, description: 'Items per page.' })),
  after: Type.Optional(
    Type.String({
      description:
        'A cursor: `next` of an earlier page. Following cursors neither skips nor repeats an item, whatever is added or removed meanwhile.',
    }),
  ),
};
