import { formatCount } from '../../parts/formats.ts';

export interface PagerProps {
  /** Jobs on the pages before this one. */
  readonly offset: number;
  readonly shown: number;
  readonly total: number;
  readonly hasOlder: boolean;
  readonly onNewest: () => void;
  readonly onNewer: () => void;
  readonly onOlder: () => void;
}

export function Pager({ offset, shown, total, hasOlder, onNewest, onNewer, onOlder }: PagerProps) {
  const range = shown === 0 ? '0' : `${formatCount(offset + 1)}–${formatCount(offset + shown)}`;
  return (
    <nav class="pager" aria-label="Pages of jobs">
      <span class="muted">
        {range} of {formatCount(total)}
      </span>
      <div class="button-row">
        <button type="button" class="secondary outline small" disabled={offset === 0} onClick={onNewest}>
          Newest
        </button>
        <button type="button" class="secondary outline small" disabled={offset === 0} onClick={onNewer}>
          Newer
        </button>
        <button type="button" class="secondary outline small" disabled={!hasOlder} onClick={onOlder}>
          Older
        </button>
      </div>
    </nav>
  );
}
