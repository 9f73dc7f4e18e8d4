/** UTF-16 units of the name of a formula, and bytes of a bare name. */
export const columnNameLengthMax = 256;

const letter = /^[\p{L}_]$/u;
const namePart = /^[\p{L}\p{M}\p{Nd}_]$/u;

/** Whether a bare name can begin with the character. */
export function isNameStart(point: number): boolean {
  return point >= 0 && letter.test(String.fromCodePoint(point));
}

/** Whether the character can stand within a bare name. */
export function isNamePart(point: number): boolean {
  return point >= 0 && namePart.test(String.fromCodePoint(point));
}
