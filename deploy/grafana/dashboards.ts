/** The dashboards; scripts/write-docs.ts writes them into dashboards/, in the classic form that Grafana provisions. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { objectivesDashboard } from './objectives.ts';
import { overview } from './overview.ts';
import { pipeline } from './pipeline.ts';
import { processes } from './processes.ts';

export const dashboards: readonly Dashboard[] = [overview, objectivesDashboard, pipeline, processes];

/** From the root of the repository. */
export function toDashboardPath({ uid }: Dashboard): string {
  return `deploy/grafana/dashboards/${uid}.json`;
}
