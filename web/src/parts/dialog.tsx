import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { sessionState } from '../api/session.ts';

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
  // A modal dialog would keep the sign-in form from being used, though it is hidden with its page.
  const isShown = sessionState.value.kind === 'signed-in';
  useLayoutEffect(() => {
    if (!isShown) return undefined;
    const element = dialog.current;
    const focused = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      if (focused instanceof HTMLElement) focused.focus();
    };
  }, [isShown]);
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
