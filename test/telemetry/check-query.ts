/**
 * Checks a query of Prometheus against the metric definitions and reports its problems: syntax errors, series that no
 * application emits, labels that these do not have where the query uses them, values that a label never has, and sides of
 * an operator that can never match. Such a query is no error to Prometheus, but its result is always empty.
 *
 * The check follows the labels through the parse tree: a selector has those of its metric, an aggregation those that it keeps.
 */
import { parser } from '@prometheus-io/lezer-promql';
import type { SyntaxNode } from '@lezer/common';
import { readRecordingRules, type RecordingRule } from '../../deploy/prometheus/alert-rules.ts';
import { defaultKafkaNames } from '../../src/bus/kafka/index.ts';
import {
  describeMetric,
  metricContract,
  toPrometheusLabel,
  toSeriesNames,
  type AttributeValues,
  type MetricName,
} from '../../src/telemetry/index.ts';
import { otherValue } from '../../src/telemetry/contract.ts';

export interface CheckedQuery {
  readonly problems: readonly string[];
  /** The labels that its answer has; empty where it is one number. */
  readonly labels: ReadonlySet<string>;
}

/** Labels that Prometheus adds: the sender, and the resource attributes that deploy/prometheus/prometheus.yml promotes. */
const targetLabels: Readonly<Record<string, AttributeValues>> = {
  job: ['standalone', 'client-application', 'server-application'],
  instance: { boundedBy: 'the instances' },
  service_name: ['standalone', 'client-application', 'server-application'],
  service_namespace: { boundedBy: 'the operator' },
  service_version: { boundedBy: 'the releases' },
  deployment_environment_name: { boundedBy: 'the operator' },
};

type SeriesLabels = ReadonlyMap<string, AttributeValues>;
/** The labels of the result of an expression; undefined where it is a number, a string or a time. */
type Labels = ReadonlySet<string> | undefined;

/**
 * Series of exporters that this repository does not run, with the labels that the rules use of them: the kubelet, Strimzi's
 * JMX exporter (scraped by a PodMonitor, which adds `namespace`), mongodb_exporter; and series of Prometheus itself.
 */
const foreignSeries: Readonly<Record<string, readonly string[]>> = {
  kubelet_volume_stats_available_bytes: ['namespace', 'persistentvolumeclaim'],
  kubelet_volume_stats_capacity_bytes: ['namespace', 'persistentvolumeclaim'],
  kafka_server_replicamanager_underreplicatedpartitions: ['namespace', 'pod'],
  kafka_server_replicamanager_underminisrpartitioncount: ['namespace', 'pod'],
  mongodb_mongod_replset_member_replication_lag: ['set', 'name', 'state'],
  mongodb_mongod_replset_oplog_head_timestamp: ['instance'],
  mongodb_mongod_replset_oplog_tail_timestamp: ['instance'],
  ALERTS: ['alertname', 'alertstate', 'severity', 'job', 'instance'],
};

const allNames = Object.keys(metricContract) as MetricName[];

/** Every series of the contract with its labels and their values. */
function describeSeries(names: readonly MetricName[]): ReadonlyMap<string, SeriesLabels> {
  const series = new Map<string, SeriesLabels>();
  for (const name of names) {
    const definition = describeMetric(name);
    const own = Object.entries(definition.attributes).map(([attribute, values]): [string, AttributeValues] => [
      toPrometheusLabel(attribute),
      attribute === 'topic' || attribute === 'messaging.destination.name' ? Object.values(defaultKafkaNames) : values,
    ]);
    for (const one of toSeriesNames(name, definition)) {
      const bound: [string, AttributeValues][] = one.endsWith('_bucket')
        ? [['le', (definition.buckets ?? []).map(String).concat('+Inf')]]
        : [];
      series.set(one, new Map([...Object.entries(targetLabels), ...own, ...bound]));
    }
  }
  const foreign = { boundedBy: 'another program' } as const;
  for (const [name, labels] of Object.entries(foreignSeries))
    series.set(name, new Map(labels.map((label) => [label, foreign])));
  for (const rule of recordingRules) describeRecorded(rule, series);
  return series;
}

const recordingRules = readRecordingRules();

/** Adds the series that a rule records: the labels that its expression leaves, and its own with all values they take. */
function describeRecorded({ record, expr, labels = {} }: RecordingRule, series: Map<string, SeriesLabels>): void {
  const left = new QueryReader(expr, series).read(parse(expr)) ?? [];
  const known = series.get(record) ?? new Map();
  const all = [...left, ...Object.keys(labels)].map((label): [string, AttributeValues] => [label, valuesOf(label)]);
  series.set(record, new Map([...known, ...all]));
}

/** The values of a label of recorded series: those that Prometheus gives, or that the rules set. */
function valuesOf(label: string): AttributeValues {
  const set = recordingRules.flatMap(({ labels }) => labels?.[label] ?? []);
  return targetLabels[label] ?? (set.length > 0 ? set : { boundedBy: 'its source' });
}

/** The tree of an expression; one that does not parse is reported where it is checked. */
function parse(query: string): SyntaxNode {
  const expression = parser.parse(query).topNode.firstChild;
  if (expression === null) throw new Error(`an empty expression: ${query}`);
  return expression;
}

/** `names`: the metrics that there are. */
export function checkQuery(query: string, names: readonly MetricName[] = allNames): CheckedQuery {
  const reader = new QueryReader(query, describeSeries(names));
  const tree = parser.parse(query);
  tree.iterate({
    enter({ type, from }) {
      if (type.isError) reader.problems.push(`does not parse at ${from}: ${query.slice(from, from + 20)}`);
    },
  });
  const expression = tree.topNode.firstChild;
  if (expression === null) reader.problems.push('is empty');
  // Reports about the labels of an expression that does not parse would only confuse.
  const labels = expression === null || reader.problems.length > 0 ? undefined : reader.read(expression);
  return { problems: reader.problems, labels: labels ?? new Set() };
}

/** The selectors of a query as they stand there, each once and without its window. */
export function listSelectors(query: string): readonly string[] {
  const selectors = new Set<string>();
  parser.parse(query).iterate({
    enter({ name, from, to }) {
      if (name === 'VectorSelector') selectors.add(query.slice(from, to));
    },
  });
  return Array.from(selectors);
}

class QueryReader {
  readonly problems: string[] = [];
  readonly #query: string;
  readonly #series: ReadonlyMap<string, SeriesLabels>;

  constructor(query: string, series: ReadonlyMap<string, SeriesLabels>) {
    this.#query = query;
    this.#series = series;
  }

  read(node: SyntaxNode): Labels {
    switch (node.name) {
      case 'VectorSelector':
        return this.#readSelector(node);
      case 'AggregateExpr':
        return this.#readAggregation(node);
      case 'BinaryExpr':
        return this.#readBinary(node);
      case 'FunctionCall':
        return this.#readCall(node);
      case 'NumberDurationLiteral':
      case 'StringLiteral':
        return undefined;
      case 'ParenExpr':
      case 'UnaryExpr':
      case 'MatrixSelector':
      case 'SubqueryExpr':
      case 'OffsetExpr':
      case 'StepInvariantExpr': {
        const inner = childrenOf(node).find(isExpression);
        return inner === undefined ? undefined : this.read(inner);
      }
      default:
        this.problems.push(`${node.name} is not known to this check`);
        return undefined;
    }
  }

  #text(node: SyntaxNode | null | undefined): string {
    return node === null || node === undefined ? '' : this.#query.slice(node.from, node.to);
  }

  #readSelector(node: SyntaxNode): Labels {
    const name = this.#text(node.getChild('Identifier'));
    const labels = this.#series.get(name);
    if (labels === undefined) {
      this.problems.push(name === '' ? 'selects series without naming them' : `${name} is in no contract`);
      return undefined;
    }
    for (const matcher of node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [])
      this.#readMatcher(matcher, name, labels);
    return new Set(labels.keys());
  }

  #readMatcher(matcher: SyntaxNode, series: string, labels: SeriesLabels): void {
    const label = this.#text(matcher.getChild('LabelName'));
    const values = labels.get(label);
    const value = this.#text(matcher.getChild('StringLiteral')).slice(1, -1).replaceAll('\\\\', '\\');
    if (values === undefined) this.problems.push(`${series} has no label ${label}`);
    else if (
      !('boundedBy' in values) &&
      !this.#canBe([...values, otherValue], this.#text(matcher.getChild('MatchOp')), value)
    )
      this.problems.push(`${label} of ${series} is never ${value}`);
  }

  #canBe(values: readonly string[], operator: string, wanted: string): boolean {
    if (!operator.includes('~')) return values.includes(wanted);
    const pattern = new RegExp(`^(?:${wanted})$`);
    return values.some((value) => pattern.test(value));
  }

  #readAggregation(node: SyntaxNode): Labels {
    const inner = this.#readArguments(node).at(-1);
    const modifier = node.getChild('AggregateModifier');
    const named = this.#readNames(modifier?.getChild('GroupingLabels'));
    if (inner === undefined) return undefined;
    this.#require(inner, named, 'an aggregation');
    if (['topk', 'bottomk', 'limitk'].includes(this.#text(node.getChild('AggregateOp')))) return inner;
    return modifier?.getChild('Without') ? without(inner, named) : new Set(named);
  }

  #readCall(node: SyntaxNode): Labels {
    const name = this.#text(node.getChild('FunctionIdentifier'));
    const vector = this.#readArguments(node).find((labels) => labels !== undefined);
    switch (name) {
      case 'time':
      case 'scalar':
        return undefined;
      case 'vector':
      case 'absent':
      case 'absent_over_time':
        return new Set();
      case 'histogram_quantile':
        if (vector !== undefined) this.#require(vector, ['le'], name);
        return vector && without(vector, ['le']);
      default:
        return vector;
    }
  }

  #readArguments(node: SyntaxNode): Labels[] {
    const body = node.getChild('FunctionCallBody');
    return body === null
      ? []
      : childrenOf(body)
          .filter(isExpression)
          .map((argument) => this.read(argument));
  }

  #readBinary(node: SyntaxNode): Labels {
    const [left, right] = childrenOf(node)
      .filter(isExpression)
      .map((side) => this.read(side));
    if (left === undefined || right === undefined) return left ?? right;
    const clause = node.getChild('MatchingModifierClause');
    const [matching, included] = clause?.getChildren('GroupingLabels') ?? [];
    const named = this.#readNames(matching);
    if (clause?.getChild('On')) {
      this.#require(left, named, 'the left side');
      this.#require(right, named, 'the right side');
    } else {
      const matched = [without(left, named), without(right, named)] as const;
      const unmatched = [...without(matched[0], matched[1]), ...without(matched[1], matched[0])];
      if (unmatched.length > 0) this.problems.push(`one side only has ${unmatched.join(', ')}`);
    }
    if (node.getChild('Or')) return both(left, right);
    if (node.getChild('And') || node.getChild('Unless')) return left;
    if (clause?.getChild('GroupLeft')) return new Set([...left, ...this.#readNames(included)]);
    if (clause?.getChild('GroupRight')) return new Set([...right, ...this.#readNames(included)]);
    return clause?.getChild('On') ? new Set(named) : both(left, right);
  }

  #readNames(list: SyntaxNode | null | undefined): string[] {
    return (list?.getChildren('LabelName') ?? []).map((name) => this.#text(name));
  }

  #require(labels: ReadonlySet<string>, wanted: readonly string[], where: string): void {
    for (const label of wanted) if (!labels.has(label)) this.problems.push(`${where} has no label ${label}`);
  }
}

function without(labels: ReadonlySet<string>, taken: Iterable<string>): ReadonlySet<string> {
  const left = new Set(labels);
  for (const label of taken) left.delete(label);
  return left;
}

function both(some: ReadonlySet<string>, others: ReadonlySet<string>): ReadonlySet<string> {
  return new Set(Array.from(some).filter((label) => others.has(label)));
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}

const expressions = new Set([
  'VectorSelector',
  'AggregateExpr',
  'BinaryExpr',
  'FunctionCall',
  'NumberDurationLiteral',
  'StringLiteral',
  'ParenExpr',
  'UnaryExpr',
  'MatrixSelector',
  'SubqueryExpr',
  'OffsetExpr',
  'StepInvariantExpr',
]);

function isExpression(node: SyntaxNode): boolean {
  return expressions.has(node.name);
}
