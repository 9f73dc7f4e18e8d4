/** Finds what a text, such as a query, a rule, a dashboard or a page, says about series, and compares it with the contract. */
import {
  describeMetric,
  metricContract,
  toPrometheusLabel,
  toPrometheusName,
  toSeriesNames,
  type MetricName,
} from '../../src/telemetry/index.ts';

/** Names that begin like a metric of Mathmill; single words and names of settings do not. */
const seriesPattern =
  /(?<![\w./-])(?:consumer_messages|producer_messages|producer_requests|mathmill|messaging|http_server|nodejs|v8js|process_cpu|process_memory)_[a-z0-9_]+(?![\w./-])/g;

/**
 * The names of series in a text that no metric of `names` has, each once. A text may name labels too, and a histogram
 * without its suffix; check-query.ts checks whether a query matches existing series.
 */
export function findUnknownSeries(
  text: string,
  names: readonly MetricName[] = Object.keys(metricContract) as MetricName[],
): readonly string[] {
  const known = new Set(
    names.flatMap((name) => {
      const definition = describeMetric(name);
      const labels = Object.keys(definition.attributes).map(toPrometheusLabel);
      return [toPrometheusName(name, definition), ...toSeriesNames(name, definition), ...labels];
    }),
  );
  const found = new Set(Array.from(text.matchAll(seriesPattern), ([series]) => series));
  return Array.from(found).filter((series) => !known.has(series));
}
