import { splitText } from './literal-text.ts';

/**
 * A user's text as it is: never markup, and in its own direction. A character that cannot be seen is drawn by its code,
 * and is still there, isolated so that it reorders nothing: what is copied is the text.
 */
export function UserText({ text }: { readonly text: string }) {
  return (
    <bdi class="user-text">
      {splitText(text).map(({ text: piece, code }, index) =>
        code === undefined ? (
          piece
        ) : (
          <bdi key={index} class="hidden-character" data-code={code} title={code}>
            {piece}
          </bdi>
        ),
      )}
    </bdi>
  );
}
