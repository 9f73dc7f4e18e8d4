/**
 * A table of any number of rows, of which only those that are seen are in the document. What scrolls is an empty canvas;
 * the table sticks to the view above it and its body is moved by the part of a row that is out of sight. So what is seen
 * is whole at any speed of scrolling, and never blank.
 */
import type { ComponentChildren, TargetedKeyboardEvent } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Column } from './column.ts';
import type { Row } from './row.ts';
import type { RowSource } from './row-source.ts';
import { TableRow } from './table-row.tsx';
import { useBoxSize } from './use-box-size.ts';
import { useScroll } from './use-scroll.ts';
import { drawnRows, rowAfterKey, wholeRows } from './visible-rows.ts';

/** A request to show a row. Each is a new object. */
export interface Jump {
  readonly row: number;
}

export interface ResultsTableProps {
  readonly label: string;
  readonly source: RowSource;
  /** Another number whenever the source has changed. */
  readonly version: number;
  readonly columns: readonly Column[];
  /** The greatest line number there may be: the width of its column. */
  readonly lineMax: number;
  readonly jump: Jump | undefined;
  /** The id of the row that is opened next to the table. */
  readonly openedId: string | undefined;
  readonly onOpen: (row: Row) => void;
  /** Shown in place of rows when there are none. */
  readonly empty: ComponentChildren;
}

export function ResultsTable(props: ResultsTableProps) {
  const { label, source, columns, lineMax, openedId, onOpen } = props;
  const box = useRef<HTMLDivElement>(null);
  const { height, headHeight, rowHeight } = useBoxSize(box);
  const rows = source.count;
  const extent = { rows, rowHeight, viewHeight: Math.max(rowHeight, height - headHeight) };
  const scroll = useScroll(box, extent);
  const drawn = drawnRows(scroll.offset, extent);
  const whole = wholeRows(scroll.offset, extent);
  const [active, setActive] = useState(0);
  // The row that the Tab key leads to is always one that is seen.
  const tabStop = Math.min(Math.max(active, whole.first), Math.max(whole.first, whole.end - 1));
  const focusNext = useRef<{ readonly row: number; readonly target: string } | undefined>(undefined);

  useEffect(() => source.want(drawn.first, drawn.end), [source, drawn.first, drawn.end]);
  useLayoutEffect(() => {
    if (props.jump === undefined) return;
    setActive(props.jump.row);
    scroll.toRow(props.jump.row);
  }, [props.jump, rows > 0]);
  useLayoutEffect(() => {
    const next = focusNext.current;
    if (next === undefined || box.current === null) return;
    const element = box.current.querySelector<HTMLElement>(`[aria-rowindex="${next.row + 2}"] ${next.target}`);
    if (element === null) return;
    focusNext.current = undefined;
    element.focus({ preventScroll: true });
  });

  // A row that scrolls out of sight takes the focus with it; keys must keep working.
  const focusedRow = box.current?.contains(document.activeElement) === true ? rowOf(document.activeElement) : undefined;
  const losesFocus = focusedRow !== undefined && (focusedRow < drawn.first || focusedRow >= drawn.end);
  useLayoutEffect(() => {
    if (losesFocus && box.current?.contains(document.activeElement) !== true)
      box.current?.focus({ preventScroll: true });
  }, [losesFocus]);

  const onKeyDown = (event: TargetedKeyboardEvent<HTMLDivElement>): void => {
    const isInput = event.target instanceof HTMLInputElement;
    if (event.altKey || event.metaKey || (isInput && !isRowKeyOfInput(event.key))) return;
    const key = isInput && event.key === 'Enter' ? 'ArrowDown' : event.key;
    const row = rowAfterKey(key, rowOf(event.target) ?? tabStop, whole.end - whole.first - 1, rows);
    if (row === undefined || rows === 0) return;
    event.preventDefault();
    focusNext.current = { row, target: isInput ? 'input' : '.row-button' };
    setActive(row);
    scroll.show(row);
  };

  const indices = Array.from({ length: drawn.end - drawn.first }, (_, place) => drawn.first + place);
  return (
    <div
      ref={box}
      class="results-box"
      role="region"
      aria-label={`${label}: rows`}
      tabIndex={0}
      style={{
        '--row-height': `${rowHeight}px`,
        '--head-height': `${headHeight}px`,
        // A scroll bar below few rows must not hide the last one.
        maxHeight: `calc(${headHeight + Math.max(3, Math.min(rows, 1_000)) * rowHeight}px + 1.25rem)`,
      }}
      onScroll={scroll.onScroll}
      onScrollEnd={scroll.onScrollEnd}
      onKeyDown={onKeyDown}
    >
      <div
        class="results-canvas"
        style={{
          height: `${scroll.mapping.canvasHeight + headHeight}px`,
          minWidth: `${columns.reduce((sum, { width }) => sum + width, lineColumnRem(lineMax))}rem`,
        }}
      >
        <div class="results-window" style={{ height: `${height}px` }}>
          <table class="results-table" aria-label={label} aria-rowcount={rows + 1}>
            <Columns columns={columns} lineMax={lineMax} />
            <thead>
              <tr aria-rowindex={1}>
                <th scope="col" class="line-column">
                  Line
                </th>
                {columns.map(({ key, title, isNumeric }) => (
                  <th key={key} scope="col" class={isNumeric === true ? 'numeric' : undefined} title={title}>
                    <bdi>{title}</bdi>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody style={{ transform: `translateY(${drawn.first * rowHeight - scroll.offset}px)` }}>
              {indices.map((index) => {
                const row = source.rowAt(index);
                return (
                  <TableRow
                    key={index}
                    index={index}
                    line={row?.id ?? source.lineAt(index)?.toString()}
                    row={row}
                    columns={columns}
                    isTabStop={index === tabStop}
                    isOpened={row !== undefined && row.id === openedId}
                    onOpen={onOpen}
                  />
                );
              })}
            </tbody>
          </table>
          {rows === 0 && <div class="results-empty">{props.empty}</div>}
        </div>
      </div>
    </div>
  );
}

/** Widths do not depend on the rows that happen to be seen, or columns would move while one scrolls. */
function Columns({ columns, lineMax }: { readonly columns: readonly Column[]; readonly lineMax: number }) {
  const shares = columns.reduce((sum, { share }) => sum + share, 0);
  return (
    <colgroup>
      <col style={{ width: `${lineColumnRem(lineMax)}rem` }} />
      {columns.map(({ key, share }) => (
        <col key={key} style={{ width: `${(100 * share) / shares}%` }} />
      ))}
    </colgroup>
  );
}

function lineColumnRem(lineMax: number): number {
  return 1.5 + 0.55 * Math.max(4, String(lineMax).length);
}

/** The other keys move the cursor within the text of an input. */
function isRowKeyOfInput(key: string): boolean {
  return ['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Enter'].includes(key);
}

function rowOf(target: EventTarget | null): number | undefined {
  const row = target instanceof Element ? target.closest('tbody tr')?.getAttribute('aria-rowindex') : undefined;
  return row === undefined || row === null ? undefined : Number(row) - 2;
}
