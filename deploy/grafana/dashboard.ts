/** The common parts of all dashboards. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
  type Dashboard,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { prometheusSource } from './panels.ts';

export interface DashboardRow {
  readonly title: string;
  readonly panels: readonly Builder<Panel>[];
}

export interface DashboardOptions {
  /** Part of its address, and the name of its file. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly DashboardRow[];
}

const tag = 'mathmill';

export function createDashboard({ uid, title, description, rows }: DashboardOptions): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([tag])
    .readonly()
    .timezone('browser')
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .link(
      new DashboardLinkBuilder('Mathmill')
        .type(DashboardLinkType.Dashboards)
        .tags([tag])
        .asDropdown(false)
        .keepTime(true),
    )
    .withVariable(createInstanceVariable())
    .annotation(createAlertAnnotation());
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel);
  }
  const dashboard = builder.build();
  // A panel without a number of its own gets another one at each load, and links to it break.
  for (const [index, panel] of dashboard.panels?.entries() ?? []) panel.id = index + 1;
  return dashboard;
}

/** Marks on every graph while an alert fires, but for the watchdog, which always does. */
function createAlertAnnotation(): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name('Alerts')
    .datasource(prometheusSource)
    .enable(true)
    .iconColor('red')
    .expr('max by (alertname, severity) (ALERTS{alertstate="firing", severity=~"page|ticket"})')
    .titleFormat('{{alertname}}')
    .textFormat('{{severity}}')
    .step('30s');
}

/** The variable of the shown instances; all of them to begin with. */
function createInstanceVariable(): QueryVariableBuilder {
  return new QueryVariableBuilder('instance')
    .label('Instance')
    .description('The instances that are shown.')
    .datasource(prometheusSource)
    .query('label_values(mathmill_evaluator_failures_total, instance)')
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all', selected: true });
}
