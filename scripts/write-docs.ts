/**
 * Writes what the documentation shares with the code: docs/openapi.json, and the tables between the markers
 * `<!-- generated: NAME -->` and `<!-- /generated -->` of the pages; docs/cli.md; the addresses of the runbooks in the
 * alert rules, and the rules as Kubernetes takes them; and the dashboards of Grafana. With --check nothing is written, and
 * what is not up to date is an error.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { stringify } from 'yaml';
import { dashboards, toDashboardPath } from '../deploy/grafana/dashboards.ts';
import { linkRunbooks, listRuleFiles, readAlertRules, readRuleGroups } from '../deploy/prometheus/alert-rules.ts';
import { describeConfig } from '../src/config.ts';
import { correctionsBytesMax, defaultEngineOptions } from '../src/engine/index.ts';
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
import {
  decodedPerEncodedMax,
  defaultBudgetLimits as budgets,
  describeApi,
  freeDecodedBytes,
  problemTypes,
} from '../src/http/index.ts';
import {
  chunkBytesMax,
  chunkLinesMax,
  columnsMax,
  correctionsMax,
  customIdLengthMax,
  formulaBytesMax,
  formulasMax,
  headBytesMax,
  openQuoteBytesMax,
  operationBytesMax,
  recordBytesMax,
  rowBytesMax,
  rowOutcomeBytesMax,
  totalsMax,
} from '../src/jobs/index.ts';
import {
  describeMetric,
  metricContract,
  toSeriesNames,
  type AttributeValues,
  type MetricName,
} from '../src/telemetry/index.ts';
import { describeCommands } from './cli-reference.ts';
import { endpointRows, memberRows } from './openapi-rows.ts';

const pages = ['api', 'configuration', 'expressions', 'limits', 'metrics', 'runbooks/README'];
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

function mebibytes(bytes: number): string {
  return `${whole(bytes / 1024 ** 2)} MiB`;
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1_000} s`;
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
      ['Operators', 'Associativity', 'What it does', 'Examples'],
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
      ['What', 'Limit', 'If exceeded'],
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
          'rejected with 400',
        ],
        ['exponent of a result in `decimal`', `±${whole(decimalExponentMax)}`, '`OVERFLOW`; `0` below'],
        ['size of a `bigint`', `${whole(bigintBitsMax)} bits`, '`TOO_BIG`'],
        ['size of each side of a `rational`', `${whole(rationalBitsMax)} bits`, '`TOO_BIG`'],
        ...Object.entries(factorialMax).map(([mode, n]) => [`\`n!\` in \`${mode}\``, `n ≤ ${whole(n)}`, '`TOO_BIG`']),
      ],
    ),
  'job-limits': () =>
    table(
      ['What', 'Limit', 'If exceeded'],
      [
        ['operations of a job', `${whole(defaultEngineOptions.operationsMax)} (\`JOB_OPERATIONS_MAX\`)`, '413'],
        [
          'bytes of an upload after decompression',
          `${whole(defaultEngineOptions.uploadBytesMax)} (\`UPLOAD_BYTES_MAX\`)`,
          '413',
        ],
        ['one NDJSON line', `${whole(recordBytesMax)} bytes`, 'that line gets `TOO_LONG`'],
        ['corrections of a repair', whole(correctionsMax), '413'],
        ['bytes of the corrections after decompression', whole(correctionsBytesMax), '413'],
        ['a `custom_id`', `${customIdLengthMax} characters`, 'that line gets `SYNTAX`'],
        [
          'cost of a job',
          `${whole(defaultEngineOptions.costBase)} + ${defaultEngineOptions.costPerOperation} × operations units (\`JOB_COST_BASE\`, \`JOB_COST_PER_OPERATION\`)`,
          'the remaining lines get `BUDGET`',
        ],
        [
          'lines stored and sent together',
          `${chunkLinesMax} lines or ${whole(chunkBytesMax)} bytes`,
          'not visible to users',
        ],
      ],
    ),
  'table-limits': () =>
    table(
      ['What', 'Limit', 'If exceeded'],
      [
        ['formulas', whole(formulasMax), 'rejected with 400'],
        ['text of all formulas together', `${whole(formulaBytesMax)} bytes of UTF-8`, 'rejected with 400'],
        ['columns named by `total`', whole(totalsMax), 'rejected with 400'],
        ['columns of a file', whole(columnsMax), 'rejected with 400'],
        ['header and what stands before it', `${whole(headBytesMax)} bytes`, 'rejected with 400'],
        ['one row', `${whole(rowBytesMax)} bytes`, 'that row gets `TOO_LONG`'],
        ['one row with line breaks in quotes', `${whole(openQuoteBytesMax)} bytes`, 'that row gets `QUOTE`'],
        ['results of one row', `${whole(rowOutcomeBytesMax)} bytes`, 'the results beyond it get `TOO_BIG`'],
        [
          'cost of the formulas of one row',
          `${whole(costMax)} units, about 100 ms`,
          'the formulas from there on get `BUDGET`',
        ],
      ],
    ),
  'server-limits': () =>
    table(
      ['What', 'Limit', 'If exceeded'],
      [
        ['connections', `${whole(budgets.connectionsMax)} (\`CONNECTIONS_MAX\`)`, 'the longest idle one is closed'],
        [
          'uploads in progress',
          `${whole(budgets.uploadsMax)} (\`UPLOADS_MAX\`)`,
          '503 `TOO_BUSY`, or a slow one ends with 408',
        ],
        [
          'downloads of results in progress',
          `${whole(budgets.downloadsMax)} (\`DOWNLOADS_MAX\`)`,
          '503 `TOO_BUSY`, or a slow one is disconnected',
        ],
        [
          'followers of jobs (`/events`, `wait=`)',
          `${whole(budgets.followersMax)} (\`FOLLOWERS_MAX\`)`,
          '503 `TOO_BUSY`, or a slow one is disconnected',
        ],
        [
          'memory for decompressing uploads',
          `${mebibytes(budgets.decoderBytesMax)} (\`DECODER_BYTES_MAX\`)`,
          `the upload waits for ${seconds(budgets.decoderWaitMs)}, then 503 \`TOO_BUSY\``,
        ],
        [
          'memory for bodies that are held whole',
          `${mebibytes(budgets.bodyBytesMax)} (\`BODY_BYTES_MAX\`)`,
          '503 `TOO_BUSY`',
        ],
        ['memory for compressing responses', mebibytes(budgets.encoderBytesMax), 'the response is not compressed'],
        ['memory for responses that wait to be read', mebibytes(budgets.responseBytesMax), '503 `TOO_BUSY`'],
        [
          'what one address may hold of each of these',
          `${budgets.addressShare * 100} % (\`ADDRESS_SHARE\`)`,
          '429 `TOO_MANY_REQUESTS`',
        ],
        ['first byte of a connection', `within ${seconds(budgets.firstByteMs)}`, 'closed'],
        [
          'rate of an upload',
          `${budgets.uploadRateMin} bytes per second, over ${seconds(budgets.rateWindowMs)} (\`UPLOAD_RATE_MIN\`)`,
          '408',
        ],
        [
          'rate at which a response is read',
          `${budgets.downloadRateMin} bytes per second, over ${seconds(budgets.rateWindowMs)} (\`DOWNLOAD_RATE_MIN\`)`,
          'disconnected',
        ],
        [
          'size of an upload after decompression, compared with before',
          `${whole(decodedPerEncodedMax)} times beyond the first ${mebibytes(freeDecodedBytes)}`,
          '413',
        ],
      ],
    ),
  endpoints: () => table(['Request', 'What it does'], endpointRows(openApi)),
  job: () => table(['Member', 'Present', 'Meaning'], memberRows(openApi, 'Job')),
  operation: () => table(['Member', 'Present', 'Meaning'], memberRows(openApi, 'Operation')),
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

/** The page with every block recreated. */
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

const alertsFolder = 'deploy/kubernetes/references/alerts';

/**
 * kustomize reads no file above its folder, and Kubernetes wants the rules within an object. Alerts have one of their own:
 * a replacement of kustomize fails on a rule without a runbook.
 */
async function describeRules(name: 'alerts' | 'recordings'): Promise<string> {
  const key = name === 'alerts' ? 'alert' : 'record';
  const groups = readRuleGroups().map((group) => ({
    ...group,
    name: name === 'alerts' ? group.name : `${group.name}-recordings`,
    rules: group.rules.filter((rule) => key in rule),
  }));
  const object = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: `mathmill-${name}`, labels: { 'app.kubernetes.io/part-of': 'mathmill' } },
    spec: { groups: groups.filter(({ rules }) => rules.length > 0) },
  };
  const options = await resolveConfig(new URL(`../${alertsFolder}/${name}.yaml`, import.meta.url));
  const text = `# Made from deploy/prometheus/rules by make docs.\n${stringify(object, { lineWidth: 0 })}`;
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
  const cliOptions = await resolveConfig(new URL('cli.md', folder));
  await update('docs/cli.md', await format(await describeCommands(), { ...cliOptions, parser: 'markdown' }));
  const tests = new URL('../deploy/prometheus/tests/', import.meta.url);
  for (const path of [
    ...listRuleFiles().map((name) => `deploy/prometheus/rules/${name}`),
    ...(await readdir(tests)).map((name) => `deploy/prometheus/tests/${name}`),
  ]) {
    await update(path, linkRunbooks(await readFile(new URL(`../${path}`, import.meta.url), 'utf8')));
  }
  for (const name of ['alerts', 'recordings'] as const)
    await update(`${alertsFolder}/${name}.yaml`, await describeRules(name));
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
