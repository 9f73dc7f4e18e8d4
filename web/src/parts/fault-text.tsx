import { placeFault } from './fault-place.ts';
import { UserText } from './user-text.tsx';

export interface FaultTextProps {
  readonly text: string;
  /** As the API says it: from 1 on, in UTF-16 units; absent for an error without a place. */
  readonly column?: number | undefined;
  readonly endColumn?: number | undefined;
}

/** A user's text with a caret under the place of an error. Nothing if the error has no place. */
export function FaultText({ text, column, endColumn }: FaultTextProps) {
  const place = placeFault(text, column, endColumn);
  if (place === undefined) return null;
  return (
    <code class="fault-text">
      {place.isCutBefore && '…'}
      <UserText text={place.before} />
      <span class="fault">
        <UserText text={place.fault === '' ? ' ' : place.fault} />
        <span class="caret" aria-hidden="true">
          ^
        </span>
      </span>
      <UserText text={place.after} />
      {place.isCutAfter && '…'}
    </code>
  );
}
