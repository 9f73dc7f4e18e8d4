/** The number modes of a job; `decimal` is the default. */
export const numberModes = ['decimal', 'float64', 'rational', 'bigint'] as const;

export type NumberMode = (typeof numberModes)[number];
