/**
 * Builds Jaeger 2. Later versions than this one are not in the Go module proxy under a path that can be built. Its page for
 * browsers is a placeholder in the Go module; the API of the page answers.
 */
import { join } from 'node:path';

import { installGoPrograms, programsForGo, type GoPrograms } from './go-programs.ts';
import type { ProgramName } from './programs.ts';

const jaeger: GoPrograms = {
  folder: join(import.meta.dirname, 'jaeger'),
  module: 'github.com/jaegertracing/jaeger',
  tags: [],
  remark: 'in two to ten minutes',
};

export function programsForJaeger(): ProgramName[] {
  return programsForGo(jaeger);
}

/** Answers with the path of the program. */
export async function installJaeger(report: (message: string) => void): Promise<string> {
  return join(await installGoPrograms(jaeger, report), 'jaeger');
}
