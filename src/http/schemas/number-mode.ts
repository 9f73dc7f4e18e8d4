/** How numbers are computed: a part of jobs and of evaluations. */
import { Type } from 'typebox';
import { numberModes, precisionDefault, precisionMax, precisionMin } from '../../expression/index.ts';
import { oneOf } from './parts.ts';

export const modeDescription = 'How numbers are computed; see /api/functions for the functions of each mode.';
export const precisionDescription = 'Significant decimal digits; only the mode decimal uses it.';

/** Both are optional without a default here, so that a handler sees whether the client set them. */
export const evaluationMode = {
  mode: Type.Optional(oneOf(numberModes, { description: `${modeDescription} Default: ${numberModes[0]}.` })),
  precision: Type.Optional(
    Type.Integer({
      minimum: precisionMin,
      maximum: precisionMax,
      description: `${precisionDescription} Default: ${precisionDefault}.`,
      examples: [precisionDefault],
    }),
  ),
};

/** Versions of the expression engine. */
export const engineVersions = (description: string) => Type.Array(Type.String(), { description });
