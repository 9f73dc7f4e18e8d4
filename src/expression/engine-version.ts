/**
 * Raised, once a release, whenever any line's result text, error code or column changes in it. Outcomes carry it and jobs
 * show it, so that results of different releases can be told apart. An error message may change without it.
 */
export const engineVersion = '3';
