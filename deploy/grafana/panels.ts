/** The common parts of the panels of all dashboards, over the builders of Grafana's own SDK. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
  BigValueColorMode,
  BigValueGraphMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { ThresholdsConfigBuilder, ThresholdsMode, type Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** The uid that provisioning/datasources/mathmill.yml gives Prometheus. */
export const prometheusSource = { type: 'prometheus', uid: 'mathmill-prometheus' } as const;

/** Units of Grafana (https://grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options/). */
export type Unit = 'short' | 's' | 'bytes' | 'Bps' | 'percentunit' | 'ops' | 'reqps' | 'cps' | 'mps';

export interface PanelQuery {
  /** PromQL; `$instance` and `$__rate_interval` are put in by Grafana. */
  readonly expr: string;
  /** The name of a series, with labels as `{{label}}`. */
  readonly legend: string;
}

export interface PanelOptions {
  readonly title: string;
  /** One or two sentences: the meaning of the panel, and when to worry. */
  readonly description: string;
  readonly unit: Unit;
  readonly queries: readonly PanelQuery[];
  /** From this value on the panel is red: best the bound of the alert about it (`readThreshold`). */
  readonly redFrom?: number;
  /** Below this value the panel is red, and below twice of it orange. */
  readonly redBelow?: number;
}

/** Columns of the 24 that a row has, and lines. */
const graphSize = { w: 8, h: 8 } as const;
const numberSize = { w: 6, h: 4 } as const;

/** Lines over time; `isStacked` where the sum means something. */
export function createGraph(options: PanelOptions & { readonly isStacked?: boolean }): Builder<Panel> {
  const panel = new TimeSeriesBuilder()
    .title(options.title)
    .description(options.description)
    .unit(options.unit)
    .datasource(prometheusSource)
    .span(graphSize.w)
    .height(graphSize.h)
    .min(0)
    .lineWidth(1)
    .fillOpacity(options.isStacked === true ? 30 : 0)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .calcs(['lastNotNull', 'max']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .targets(options.queries.map(createTarget));
  const thresholds = createThresholds(options);
  if (thresholds !== undefined)
    panel
      .thresholds(thresholds)
      .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.DashedAndArea));
  return options.isStacked === true ? panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal)) : panel;
}

/** One number, with its course behind it. */
export function createNumber(options: PanelOptions): Builder<Panel> {
  const thresholds = createThresholds(options);
  const panel = new StatBuilder()
    .title(options.title)
    .description(options.description)
    .unit(options.unit)
    .datasource(prometheusSource)
    .span(numberSize.w)
    .height(numberSize.h)
    .colorMode(thresholds === undefined ? BigValueColorMode.None : BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.Area)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .targets(options.queries.map(createTarget));
  return thresholds === undefined ? panel : panel.thresholds(thresholds);
}

function createThresholds({ redFrom, redBelow }: PanelOptions): ThresholdsConfigBuilder | undefined {
  const steps =
    redFrom !== undefined
      ? [
          { value: null, color: 'green' },
          { value: redFrom, color: 'red' },
        ]
      : [
          { value: null, color: 'red' },
          { value: redBelow ?? 0, color: 'orange' },
          { value: 2 * (redBelow ?? 0), color: 'green' },
        ];
  if (redFrom === undefined && redBelow === undefined) return undefined;
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

function createTarget({ expr, legend }: PanelQuery, index: number): DataqueryBuilder {
  return new DataqueryBuilder()
    .refId(String.fromCharCode('A'.charCodeAt(0) + index))
    .datasource(prometheusSource)
    .expr(expr)
    .legendFormat(legend)
    .range();
}
