/**
 * Writes what the documentation shares with the code: docs/openapi.json, and the tables between the markers
 * `<!-- generated: NAME -->` and `<!-- /generated -->` of the pages; the alert rules as Kubernetes takes them; and the
 * dashboards of Grafana. With --check nothing is written, and what is not up to date is an error.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { stringify } from 'yaml';
import { dashboards, toDashboardPath } from '../deploy/grafana/dashboards.ts';
import { readAlertGroups, readAlertRules } from '../deploy/prometheus/alert-rules.ts';
import { describeConfig } from '../src/config.ts';
import { defaultEngineOptions } from '../src/engine/index.ts';
import {
  argumentsMax,
  bigintBitsMax,
  constantTable,
  costMax,
  decimalExponentMax,
  depthMax,
  errorDescriptions,
  exponentDigitsMax,
  factorialMax,
  functionTable,
  literalDigitsMax,
  nameLengthMax,
  numberModes,
  operationsMax,
  operatorTable,
  precisionDefault,
  precisionMax,
  precisionMin,
  rationalBitsMax,
  type Example,
  type NumberMode,
} from '../src/expression/index.ts';
import { describeApi, problemTypes } from '../src/http/index.ts';
import {
  chunkBytesMax,
  chunkLinesMax,
  customIdLengthMax,
  operationBytesMax,
  recordBytesMax,
} from '../src/jobs/index.ts';
import {
  describeMetric,
  metricContract,
  toSeriesNames,
  type AttributeValues,
  type MetricName,
} from '../src/telemetry/index.ts';

interface OpenApi {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly summary?: string; readonly description?: string }>>>
  >;
}

const pages = ['api', 'configuration', 'limits', 'metrics', 'operations', 'runbooks/README'];
const folder = new URL('../docs/', import.meta.url);

const openApi = await describeApi();

function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map(tableRow).join('\n');
}

/** Backticks do not end the code that holds them. */
function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

function showExamples(examples: readonly Example[]): string {
  return examples
    .map(({ line, result, mode }) => `${code(line)} → ${code(result)}${mode === undefined ? '' : ` (${mode})`}`)
    .join('<br>');
}

function showModes(modes: readonly NumberMode[]): string {
  return modes.length === numberModes.length ? 'all' : modes.join(', ');
}

/** An attribute with its values; an empty one means that it is missing. */
function showAttribute([name, values]: readonly [string, AttributeValues]): string {
  if ('boundedBy' in values) return `${code(name)}: ${values.boundedBy}`;
  return `${code(name)}: ${values.map((value) => (value === '' ? 'none' : value)).join(', ')}`;
}

function whole(value: number): string {
  return value.toLocaleString('en');
}

const blocks: Readonly<Record<string, () => string>> = {
  configuration: () =>
    table(
      ['Variable', 'What it sets', 'Default', 'Unit', 'Read by'],
      describeConfig().map(({ name, description, unit, default: byDefault, readBy }) => [
        code(name),
        description,
        byDefault.includes('`') ? byDefault : code(byDefault),
        unit,
        readBy.join(', '),
      ]),
    ),
  operators: () =>
    table(
      ['Operators', 'Groups', 'What it does', 'Examples'],
      operatorTable.map(({ symbols, grouping, description, examples }) => [
        symbols.map(code).join(' '),
        grouping,
        description,
        showExamples(examples),
      ]),
    ),
  constants: () =>
    table(
      ['Constant', 'What it is', 'Modes', 'Value'],
      constantTable.map(({ name, description, modes, examples }) => [
        code(name),
        description,
        showModes(modes),
        examples.map(({ result }) => code(result)).join(' '),
      ]),
    ),
  functions: () =>
    table(
      ['Function', 'What it gives', 'Takes', 'Modes', 'Examples'],
      functionTable.map(({ signature, description, bound, modes, examples }) => [
        code(signature),
        description,
        bound === '' ? 'any number' : bound,
        showModes(modes),
        showExamples(examples),
      ]),
    ),
  errors: () =>
    table(
      ['Code', 'What it means'],
      Object.entries(errorDescriptions).map(([name, description]) => [code(name), description]),
    ),
  'line-limits': () =>
    table(
      ['What', 'Limit', 'Past it'],
      [
        ['length of an operation', `${whole(operationBytesMax)} bytes of UTF-8`, '`TOO_LONG`'],
        ['nesting', `${depthMax} levels`, '`TOO_DEEP`'],
        ['operators and calls', whole(operationsMax), '`LIMIT`'],
        ['arguments of one call', whole(argumentsMax), '`LIMIT`'],
        ['characters of a name', whole(nameLengthMax), '`LIMIT`'],
        ['digits of a written number', whole(literalDigitsMax), '`LIMIT`'],
        ['digits of its exponent', whole(exponentDigitsMax), '`LIMIT`'],
        ['cost of an operation', `${whole(costMax)} units, about 100 ms`, '`BUDGET`'],
        [
          'precision in `decimal`',
          `${precisionMin} to ${precisionMax} digits, ${precisionDefault} by default`,
          'refused with 400',
        ],
        ['exponent in `decimal`', `±${whole(decimalExponentMax)}`, '`OVERFLOW`'],
        ['size of a `bigint`', `${whole(bigintBitsMax)} bits`, '`TOO_BIG`'],
        ['size of each side of a `rational`', `${whole(rationalBitsMax)} bits`, '`TOO_BIG`'],
        ...Object.entries(factorialMax).map(([mode, n]) => [
          `\`n!\` in \`${mode}\``,
          `n ≤ ${whole(n)}`,
          '`TOO_BIG` or `OVERFLOW`',
        ]),
      ],
    ),
  'job-limits': () =>
    table(
      ['What', 'Limit', 'Past it'],
      [
        ['operations of a job', `${whole(defaultEngineOptions.operationsMax)} (\`JOB_OPERATIONS_MAX\`)`, '413'],
        ['bytes of an upload, unpacked', `${whole(defaultEngineOptions.uploadBytesMax)} (\`UPLOAD_BYTES_MAX\`)`, '413'],
        ['one NDJSON line', `${whole(recordBytesMax)} bytes`, 'that line gets `TOO_LONG`'],
        ['a `custom_id`', `${customIdLengthMax} characters`, 'that line gets `SYNTAX`'],
        [
          'cost of a job',
          `${whole(defaultEngineOptions.costBase)} + ${defaultEngineOptions.costPerOperation} × operations units (\`JOB_COST_BASE\`, \`JOB_COST_PER_OPERATION\`)`,
          'the remaining lines get `BUDGET`',
        ],
        [
          'lines stored and sent together',
          `${chunkLinesMax} lines or ${whole(chunkBytesMax)} bytes`,
          'users never see it',
        ],
      ],
    ),
  endpoints: () => {
    const { paths } = JSON.parse(openApi) as OpenApi;
    const rows = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { summary = '', description = '' }]) => [
        code(`${method.toUpperCase()} ${path}`),
        description === '' ? `${summary}.` : `${summary}. ${description}`,
      ]),
    );
    return table(['Request', 'What it does'], rows);
  },
  metrics: () =>
    table(
      ['Metric', 'In Prometheus', 'Kind', 'Unit', 'Attributes', 'What it says', 'Emitted by'],
      (Object.keys(metricContract) as MetricName[]).map((name) => {
        const definition = describeMetric(name);
        return [
          code(name),
          toSeriesNames(name, definition).map(code).join('<br>'),
          definition.instrument,
          code(definition.unit),
          Object.entries(definition.attributes).map(showAttribute).join('<br>'),
          definition.description,
          definition.emittedBy.join(', '),
        ];
      }),
    ),
  alerts: () =>
    table(
      ['Alert', 'Severity', 'What it says'],
      readAlertRules().map(({ alert, labels, annotations }) => [
        `[${alert}](${annotations['runbook_url']?.split('/').at(-1)})`,
        code(labels['severity'] ?? ''),
        (annotations['summary'] ?? '').replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '*$1*'),
      ]),
    ),
  problems: () =>
    table(
      ['Code', 'Status', 'When'],
      Object.entries(problemTypes).map(([name, { status, description }]) => [code(name), String(status), description]),
    ),
};

/** The page with every block made anew. */
function fillBlocks(page: string, text: string): string {
  return text.replaceAll(
    /(<!-- generated: ([a-z-]+) -->\n)[\s\S]*?(<!-- \/generated -->)/g,
    (_whole, start: string, name: string, end: string) => {
      const block = blocks[name];
      if (block === undefined) throw new Error(`docs/${page}.md wants the unknown block ${name}`);
      return `${start}\n${block()}\n\n${end}`;
    },
  );
}

const alertsPath = 'deploy/kubernetes/references/alerts/alerts.yaml';

/** kustomize reads no file above its folder, and Kubernetes wants the rules within an object. */
async function describeAlerts(): Promise<string> {
  const object = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'mathmill', labels: { 'app.kubernetes.io/part-of': 'mathmill' } },
    spec: { groups: readAlertGroups() },
  };
  const options = await resolveConfig(new URL(`../${alertsPath}`, import.meta.url));
  const text = `# Made from deploy/prometheus/rules/mathmill.yml by make docs.\n${stringify(object, { lineWidth: 0 })}`;
  return format(text, { ...options, parser: 'yaml' });
}

async function writePages(isCheck: boolean): Promise<readonly string[]> {
  const stale: string[] = [];
  const update = async (path: string, wanted: string): Promise<void> => {
    const url = new URL(`../${path}`, import.meta.url);
    if ((await readFile(url, 'utf8').catch(() => '')) === wanted) return;
    stale.push(path);
    if (!isCheck) await writeFile(url, wanted);
  };
  await update('docs/openapi.json', openApi);
  await update(alertsPath, await describeAlerts());
  for (const dashboard of dashboards) {
    const path = toDashboardPath(dashboard);
    const options = await resolveConfig(new URL(`../${path}`, import.meta.url));
    await update(path, await format(JSON.stringify(dashboard), { ...options, parser: 'json' }));
  }
  for (const page of pages) {
    const url = new URL(`${page}.md`, folder);
    const filled = fillBlocks(page, await readFile(url, 'utf8'));
    const options = await resolveConfig(url);
    await update(`docs/${page}.md`, await format(filled, { ...options, parser: 'markdown' }));
  }
  return stale;
}

const isCheck = process.argv.includes('--check');
const stale = await writePages(isCheck);
for (const name of stale) console.log(isCheck ? `${name} is not up to date: run make docs` : `wrote ${name}`);
if (isCheck && stale.length > 0) process.exitCode = 1;
