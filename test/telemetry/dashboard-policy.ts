/** Rules for the dashboards: the series that they show are emitted, and a reader can identify them. */
import { readdirSync, readFileSync } from 'node:fs';
import type { MetricName } from '../../src/telemetry/index.ts';
import { checkQuery } from './check-query.ts';

export interface DashboardFile {
  readonly uid: string;
  readonly title: string;
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: string; readonly datasource: Source }[];
  };
  readonly annotations: {
    readonly list: readonly { readonly name: string; readonly expr?: string; readonly datasource?: Source }[];
  };
  readonly panels: readonly PanelFile[];
}

export interface PanelFile {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: Source;
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly thresholds?: { readonly steps: readonly { readonly value: number | null; readonly color: string }[] };
    };
  };
  readonly options?: { readonly legend?: { readonly showLegend: boolean } };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string; readonly datasource: Source }[];
}

interface Source {
  readonly type: string;
  readonly uid: string;
}

/** Fills in variables as Grafana does: all instances, and a window of several pushes. */
export function fillQuery(expr: string, window = '5m'): string {
  return expr.replaceAll('$__rate_interval', window).replaceAll('$instance', '.*');
}

/** The labels that a legend shows. */
export function listLegendLabels(legend: string): readonly string[] {
  return Array.from(legend.matchAll(/\{\{(\w+)\}\}/g), ([, label = '']) => label);
}

export function readDashboards(): readonly DashboardFile[] {
  const folder = new URL('../../deploy/grafana/dashboards/', import.meta.url);
  return readdirSync(folder).map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as DashboardFile);
}

/** The series that the variable's query asks for. */
function readVariable(query: string): { readonly series: string; readonly label: string } | undefined {
  const match = /^label_values\((\w+), (\w+)\)$/.exec(query);
  return match === null ? undefined : { series: match[1] ?? '', label: match[2] ?? '' };
}

/** Panels with queries; rows have none. */
export function listPanels({ panels }: DashboardFile): readonly PanelFile[] {
  return panels.filter(({ type }) => type !== 'row');
}

/** The problems of a dashboard. `sources`: the uids of all sources; `names`: the metrics. */
export function checkDashboard(
  dashboard: DashboardFile,
  sources: ReadonlySet<string>,
  names?: readonly MetricName[],
): readonly string[] {
  const ids = dashboard.panels.map(({ id }) => id);
  const variables = dashboard.templating.list.flatMap(({ name, query, datasource }) => {
    const variable = readVariable(query);
    if (variable === undefined) return [`the variable ${name} is asked for in an unknown way`];
    const { problems, labels } = checkQuery(variable.series, names);
    return [
      ...problems,
      ...(labels.has(variable.label) ? [] : [`the variable ${name} is no label`]),
      ...(sources.has(datasource.uid) ? [] : [`the variable ${name} asks ${datasource.uid}`]),
    ];
  });
  return [
    ...(new Set(ids).size === ids.length ? [] : ['two panels have one number']),
    ...variables,
    ...checkAnnotations(dashboard, sources),
    ...listPanels(dashboard).flatMap((panel) =>
      checkPanel(panel, sources, names).map((problem) => `${panel.title}: ${problem}`),
    ),
  ];
}

/** Alerts that fire are marked on the graphs. */
function checkAnnotations({ annotations }: DashboardFile, sources: ReadonlySet<string>): readonly string[] {
  const alerts = annotations.list.filter(({ expr = '' }) => expr.includes('ALERTS{'));
  return [
    ...(alerts.length === 0 ? ['does not mark alerts'] : []),
    ...alerts.flatMap(({ expr = '', datasource }) => [
      ...checkQuery(expr).problems,
      ...(sources.has(datasource?.uid ?? '') ? [] : ['its annotations ask a source that is not there']),
    ]),
  ];
}

function isOrdered(values: readonly number[]): boolean {
  return values.every((value, index) => index === 0 || (values[index - 1] ?? 0) < value);
}

function checkPanel(panel: PanelFile, sources: ReadonlySet<string>, names?: readonly MetricName[]): readonly string[] {
  const { description = '', fieldConfig, options, targets = [], type } = panel;
  const problems: Readonly<Record<string, boolean>> = {
    'has no title': panel.title === '',
    'does not say what it shows': !/^[A-Z0-9`].*\.$/.test(description),
    'has no unit': (fieldConfig?.defaults.unit ?? '') === '',
    'has no legend': type === 'timeseries' && options?.legend?.showLegend !== true,
    'asks nothing': targets.length === 0,
    'asks a source that is not there': [panel, ...targets].some(
      ({ datasource }) => !sources.has(datasource?.uid ?? ''),
    ),
    'does not know the variable instance': targets.some(
      // Series recorded by rules are of all instances together.
      ({ expr }) => !expr.includes('instance=~"$instance"') && !expr.includes('mathmill:'),
    ),
    'has thresholds that are not in order': !isOrdered(
      (fieldConfig?.defaults.thresholds?.steps ?? []).map(({ value }) => value ?? -Infinity),
    ),
  };
  return [
    ...Object.keys(problems).filter((problem) => problems[problem] === true),
    ...targets.flatMap(({ expr, legendFormat }) => {
      const query = checkQuery(fillQuery(expr), names);
      const missing = listLegendLabels(legendFormat).filter((label) => !query.labels.has(label));
      return [
        ...query.problems,
        ...missing.map((label) => `its legend names the label ${label}, which it has not`),
        ...(legendFormat === '' ? ['a query has no legend'] : []),
        ...(/\[\d+[smhd]/.test(expr) ? ['a window does not follow $__rate_interval'] : []),
      ];
    }),
  ];
}
