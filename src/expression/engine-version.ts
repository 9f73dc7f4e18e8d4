/** Raised whenever any line's result text, error code or column changes, so that answers of different builds can be told apart. */
export const engineVersion = '2';
