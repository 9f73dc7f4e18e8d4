import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import * as form from './form-state.ts';

/** The whole page takes a file that is dropped on it. */
export function DropArea({ children }: { readonly children: ComponentChildren }) {
  const isOver = useSignal(false);
  const take = (event: DragEvent): void => {
    isOver.value = false;
    const [dropped] = event.dataTransfer?.files ?? [];
    if (dropped === undefined) return;
    event.preventDefault();
    form.takeFile(dropped, event.dataTransfer?.files.length);
  };
  const hover = (event: DragEvent): void => {
    // A string that is dropped goes where it is dropped.
    if (event.dataTransfer?.types.includes('Files') !== true) return;
    event.preventDefault();
    isOver.value = true;
  };
  const leave = (event: DragEvent): void => {
    const { currentTarget, relatedTarget } = event;
    if (currentTarget instanceof Node && relatedTarget instanceof Node && currentTarget.contains(relatedTarget)) return;
    isOver.value = false;
  };
  return (
    <div class={isOver.value ? 'drop-area is-over' : 'drop-area'} onDrop={take} onDragOver={hover} onDragLeave={leave}>
      {children}
    </div>
  );
}
