import { Component, type TargetedMouseEvent } from 'preact';
import type { Column } from './column.ts';
import { createUnreadRow, type Row } from './row.ts';

export interface TableRowProps {
  readonly index: number;
  /** The id of the row. Unknown while the row has not been read, where rows are not all lines. */
  readonly line: string | undefined;
  readonly row: Row | undefined;
  readonly columns: readonly Column[];
  readonly isTabStop: boolean;
  readonly isOpened: boolean;
  readonly onOpen: (row: Row) => void;
}

/** A class, since only a class can say that nothing of a row has changed: each step of scrolling draws the table again. */
export class TableRow extends Component<TableRowProps> {
  override shouldComponentUpdate(next: TableRowProps): boolean {
    const { props } = this;
    return (Object.keys(next) as (keyof TableRowProps)[]).some((key) => next[key] !== props[key]);
  }

  override render({ index, line, row, columns, isTabStop, isOpened, onOpen }: TableRowProps) {
    const open = (): void => {
      if (line !== undefined) onOpen(row ?? createUnreadRow(line));
    };
    const onClick = (event: TargetedMouseEvent<HTMLTableRowElement>): void => {
      if (!isOfCell(event.target) || hasSelection()) return;
      open();
    };
    return (
      <tr
        aria-rowindex={index + 2}
        class={`${index % 2 === 1 ? 'is-odd' : ''}${isOpened ? ' is-opened' : ''}`}
        onClick={onClick}
      >
        <th scope="row" class="line-column">
          <button
            type="button"
            class="row-button"
            tabIndex={isTabStop ? 0 : -1}
            aria-expanded={isOpened}
            disabled={line === undefined}
            onClick={open}
          >
            {line ?? '…'}
          </button>
        </th>
        {columns.map(({ key, isNumeric, render }) => (
          <td key={key} class={isNumeric === true ? 'numeric' : undefined}>
            {row === undefined ? <span class="row-placeholder" /> : render(row)}
          </td>
        ))}
      </tr>
    );
  }
}

/** Whether the click was on the row itself, and not on something of its own in a cell. */
function isOfCell(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('button, input, a') === null;
}

/** Selecting a string to copy it ends with a click. */
function hasSelection(): boolean {
  return getSelection()?.isCollapsed === false;
}
