/** Jobs that are chosen, by their ids, also such of other pages of the list. */
export type Selection = ReadonlySet<string>;

export function selectAll(selection: Selection, ids: readonly string[], isSelected: boolean): Selection {
  const changed = new Set(selection);
  for (const id of ids) {
    if (isSelected) changed.add(id);
    else changed.delete(id);
  }
  return changed;
}

/** The rows from the one chosen last to this one, as a click with the Shift key means them. */
export function rangeBetween(ids: readonly string[], from: string | undefined, to: string): readonly string[] {
  const [start, end] = [from === undefined ? -1 : ids.indexOf(from), ids.indexOf(to)];
  if (start === -1 || end === -1) return [to];
  return ids.slice(Math.min(start, end), Math.max(start, end) + 1);
}

export type Extent = 'none' | 'some' | 'all';

/** How many of the rows shown are chosen. */
export function extentOf(selection: Selection, ids: readonly string[]): Extent {
  const count = ids.filter((id) => selection.has(id)).length;
  if (count === 0) return 'none';
  return count === ids.length ? 'all' : 'some';
}
