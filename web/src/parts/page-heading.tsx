import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

export interface PageHeadingProps {
  /** The text of the heading, and of the tab. */
  readonly title: string;
  /** Next to the heading, such as buttons. */
  readonly children?: ComponentChildren;
}

/** The heading of a page. It takes the focus when the page is changed. */
export function PageHeading({ title, children }: PageHeadingProps) {
  useEffect(() => {
    document.title = `${title} · Mathmill`;
  }, [title]);
  return (
    <div class="page-heading">
      <h1 tabIndex={-1}>
        <bdi>{title}</bdi>
      </h1>
      {children}
    </div>
  );
}
