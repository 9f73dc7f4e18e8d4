/**
 * Builds Prometheus, and promtool, which checks rules and runs their tests. Without the discovery of services in clouds,
 * whose libraries are most of a full build; discovery by files stays. The pages for browsers are not in the Go module:
 * what this one answers is the HTTP API and the receiver of OTLP.
 */
import { join } from 'node:path';

import { installGoPrograms, programsForGo, type GoPrograms } from './go-programs.ts';
import type { ProgramName } from './programs.ts';

const prometheus: GoPrograms = {
  folder: join(import.meta.dirname, 'prometheus'),
  module: 'github.com/prometheus/prometheus',
  tags: ['remove_all_sd'],
  remark: 'in two to ten minutes',
};

export interface PrometheusInstallation {
  /** Paths of the programs. */
  readonly prometheus: string;
  readonly promtool: string;
}

export function programsForPrometheus(): ProgramName[] {
  return programsForGo(prometheus);
}

export async function installPrometheus(report: (message: string) => void): Promise<PrometheusInstallation> {
  const directory = await installGoPrograms(prometheus, report);
  return { prometheus: join(directory, 'prometheus'), promtool: join(directory, 'promtool') };
}
