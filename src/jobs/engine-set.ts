/**
 * Which versions of the expression engine gave a job's outcomes: a set, kept as a sorted list without repetitions. A union
 * of sets comes out the same in any order, as a sum does, so a fold can collect it along with the counts.
 */
export type EngineSet = readonly string[];

/** Stands for the version of outcomes that were recorded before outcomes carried one. */
export const unknownEngine = 'unknown';

/**
 * Versions that a set holds at most; of more, the last in order are kept. A job ends within days, so more than one upgrade
 * during it is rare already. The bound keeps a faulty sender of outcomes from growing the record of a job without end.
 */
export const enginesMax = 8;

/** Characters of a version: a number today, with room for other schemes. */
export const enginePattern = /^[\w.+-]{1,32}$/;

export const noEngines: EngineSet = [];

/** The set with one more version in it. The usual case, a version that is there already, costs a look-up. */
export function addEngine(engines: EngineSet, engine: string | undefined): EngineSet {
  if (engine === undefined || engines.includes(engine)) return engines;
  return [...engines, engine].sort(byVersion).slice(-enginesMax);
}

export function joinEngines(left: EngineSet, right: EngineSet): EngineSet {
  return right.reduce(addEngine, left);
}

/** Numbers by value: a longer one is larger. So `unknown` comes after any number. */
function byVersion(left: string, right: string): number {
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : 1;
}
