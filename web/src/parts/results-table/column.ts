import type { ComponentChildren } from 'preact';
import type { Row } from './row.ts';

export interface Column {
  readonly key: string;
  readonly title: string;
  /** In rem: no narrower than this. */
  readonly width: number;
  /** Its part of what is left of the width. */
  readonly share: number;
  readonly isNumeric?: boolean;
  readonly render: (row: Row) => ComponentChildren;
}
