import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** Next to each other at the end, the one that acts last. */
  readonly buttons: ComponentChildren;
  /** Asked for by the Escape key. The dialog is closed by not being drawn any more. */
  readonly onClose: () => void;
  readonly isWide?: boolean;
}

/** A modal dialog, open as long as it is drawn. The browser keeps the focus in it and gives it back. */
export function Dialog({ title, children, buttons, onClose, isWide }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    const focused = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      if (focused instanceof HTMLElement) focused.focus();
    };
  }, []);
  const cancel = (event: Event): void => {
    event.preventDefault();
    onClose();
  };
  return (
    <dialog ref={dialog} class={isWide === true ? 'is-wide' : undefined} aria-label={title} onCancel={cancel}>
      <article>
        <h2>
          <bdi>{title}</bdi>
        </h2>
        {children}
        <footer>{buttons}</footer>
      </article>
    </dialog>
  );
}
