import { useEffect, useState } from 'preact/hooks';

export interface CopyButtonProps {
  readonly text: string;
  /** The purpose of the button, for screen readers. */
  readonly label: string;
}

const shownMs = 2_000;

export function CopyButton({ text, label }: CopyButtonProps) {
  const [state, setState] = useState<'' | 'Copied' | 'Not copied'>('');
  useEffect(() => {
    const timer = setTimeout(() => setState(''), shownMs);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async (): Promise<void> => setState((await copyText(text)) ? 'Copied' : 'Not copied');
  return (
    <button type="button" class="small secondary outline copy-button" aria-label={label} onClick={() => void copy()}>
      <span aria-live="polite">{state === '' ? 'Copy' : state}</span>
    </button>
  );
}

/** The clipboard of the browser is there for pages of a secure origin only; the other way is for all others. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelection(text);
  }
}

function copySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  const focused = document.activeElement;
  // Within an open dialog, since what is outside of it cannot be selected.
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  const isCopied = document.execCommand('copy');
  area.remove();
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  return isCopied;
}
