/**
 * Requirements for every workflow, beyond those of linters: least rights, no version that moves on its own, no content of
 * strangers inside of a command, an end and a bound for everything.
 */
import { parse } from 'yaml';

import type { Finding } from './files.ts';

export interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, unknown>;
}

export interface Job {
  uses?: string;
  needs?: string | string[];
  if?: string;
  permissions?: unknown;
  environment?: string;
  'runs-on'?: string;
  'timeout-minutes'?: number;
  'continue-on-error'?: unknown;
  strategy?: { matrix?: Record<string, unknown[]> };
  secrets?: unknown;
  container?: unknown;
  services?: unknown;
  steps?: Step[];
}

export interface Workflow {
  on: Record<string, unknown>;
  permissions?: unknown;
  concurrency?: { group?: string };
  jobs: Record<string, Job>;
}

/** The only rights beyond reading, and the jobs that have them. A new one needs its reason here. */
const writers: Readonly<Record<string, readonly string[]>> = {
  'codeql.yml analyze': ['security-events'],
  'scorecard.yml scorecard': ['security-events', 'id-token'],
  'release.yml package': ['id-token', 'attestations'],
  'release.yml image': ['packages', 'id-token', 'attestations'],
  'release.yml draft': ['contents'],
  'release.yml publish': ['contents'],
};

/** Triggers by which outsiders can start a workflow with their own content and the repository's rights. */
const dangerousTriggers = ['pull_request_target', 'workflow_run', 'issue_comment', 'issues', 'discussion'];
const minutesMax = 120;
/** Each tool has its place behind a target, so that it runs here as it runs on a developer's machine. */
const commandsOfTargets = /^\s*(?:npm|npx|node|tsc|go|python3?|pip3?|terraform|docker|mvn)\b/m;

export function checkWorkflow(file: string, text: string, targets: ReadonlySet<string>): Finding[] {
  const workflow = parse(text) as Workflow;
  const findings: Finding[] = [];
  const report = (rule: string, where: string, message: string): void => void findings.push({ rule, where, message });

  checkHead(workflow, file, report);
  for (const [name, job] of Object.entries(workflow.jobs)) checkJob(job, `${file} ${name}`, report);
  for (const [name, job] of Object.entries(workflow.jobs)) {
    for (const step of job.steps ?? []) checkStep(step, `${file} ${name}`, targets, report);
  }
  checkPins(text, workflow, file, report);
  return findings;
}

type Report = (rule: string, where: string, message: string) => void;

function checkHead(workflow: Workflow, file: string, report: Report): void {
  if (JSON.stringify(workflow.permissions) !== '{}') report('permissions', file, 'has rights for all jobs alike');
  // A called workflow belongs to the concurrency group of its caller.
  const isCalledOnly = Object.keys(workflow.on).every((trigger) => trigger === 'workflow_call');
  if (!isCalledOnly && workflow.concurrency?.group === undefined)
    report('concurrency', file, 'has no concurrency group');
  for (const trigger of dangerousTriggers) {
    if (Object.hasOwn(workflow.on, trigger)) report('triggers', file, `is started by ${trigger}`);
  }
}

function checkJob(job: Job, where: string, report: Report): void {
  const { permissions } = job;
  if (typeof permissions !== 'object' || permissions === null) {
    report('permissions', where, 'does not say what it may do');
  } else {
    for (const [scope, right] of Object.entries(permissions)) {
      if (right !== 'read' && !(right === 'write' && writers[where]?.includes(scope))) {
        report('permissions', where, `may ${String(right)} ${scope}`);
      }
    }
  }
  if (job.secrets !== undefined) report('secrets', where, 'hands secrets on');
  if (job['continue-on-error'] !== undefined) report('result', where, 'may fail without anyone seeing it');
  if (job.uses !== undefined) return;
  const minutes = job['timeout-minutes'];
  if (!(typeof minutes === 'number' && minutes > 0 && minutes <= minutesMax))
    report('time', where, 'has no time limit');
  for (const runner of runnersOf(job)) {
    if (!/^ubuntu-\d\d\.\d\d(?:-arm)?$/.test(runner)) report('runner', where, `runs on ${runner}`);
  }
}

function runnersOf(job: Job): string[] {
  const runner = job['runs-on'] ?? '';
  const variable = /^\$\{\{ matrix\.(\w+) \}\}$/.exec(runner)?.[1];
  return variable === undefined ? [runner] : (job.strategy?.matrix?.[variable] ?? []).map(String);
}

function checkStep(step: Step, where: string, targets: ReadonlySet<string>, report: Report): void {
  if (step.uses?.startsWith('actions/checkout@') && step.with?.['persist-credentials'] !== false) {
    report('credentials', where, 'leaves the token in the checkout');
  }
  const mayCache = !/^(?:release|tests|distributed-tests|end-to-end)\.yml/.test(where);
  if (!mayCache && usesCache(step)) report('caches', where, `${step.uses} takes from a cache in what a release runs`);
  const { run } = step;
  if (run === undefined) return;
  // No expressions at all, since a harmless one today may hold foreign content tomorrow; values go through `env`.
  if (run.includes('${{')) report('expressions', where, 'has an expression inside of a command');
  if (commandsOfTargets.test(run)) report('commands', where, 'calls a tool itself where a make target should');
  for (const line of run.split('\n')) {
    for (const target of calledTargets(line))
      if (!targets.has(target)) report('targets', where, `calls make ${target}`);
  }
}

/** Whether a step uses a cache; many actions do by default. */
function usesCache({ uses = '', with: inputs = {} }: Step): boolean {
  if (uses.startsWith('actions/cache')) return true;
  if (uses.startsWith('actions/setup-node@'))
    return inputs['package-manager-cache'] !== false || inputs['cache'] !== undefined;
  if (uses.startsWith('actions/setup-go@')) return inputs['cache'] !== false;
  if (uses.startsWith('actions/setup-java@')) return inputs['cache'] !== undefined;
  if (uses.startsWith('docker/setup-buildx-action@')) return inputs['cache-binary'] !== false;
  if (uses.startsWith('docker/setup-qemu-action@')) return inputs['cache-image'] !== false;
  if (uses.startsWith('docker/build-push-action@')) return inputs['no-cache'] !== true;
  return false;
}

function calledTargets(line: string): string[] {
  const call = /\bmake((?:\s+[\w=:/.-]+)+)/.exec(line)?.[1] ?? '';
  return call.split(/\s+/).filter((word) => /^[a-z][a-z-]*$/.test(word));
}

/** Reads the text, for the sake of the comment behind the commit, and the workflow, for what is written in another form. */
function checkPins(text: string, workflow: Workflow, file: string, report: Report): void {
  const written = Array.from(text.matchAll(/^\s*(?:- )?uses:\s*(\S+)[ \t]*(.*)$/gm), ([, uses = '', comment = '']) => ({
    uses,
    comment,
  }));
  for (const { uses, comment } of written) {
    if (uses.startsWith('./')) continue;
    if (!/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(uses)) report('pins', file, `${uses} is not pinned by commit`);
    else if (!/^# v\d+\.\d+\.\d+$/.test(comment)) report('pins', file, `${uses} does not say which version it is`);
  }
  const jobs = Object.values(workflow.jobs);
  const meant = jobs.flatMap((job) => [job.uses, ...(job.steps ?? []).map((step) => step.uses)]);
  for (const uses of meant.filter((value) => value !== undefined)) {
    if (!written.some((line) => line.uses === uses)) report('pins', file, `${uses} is not on a line of its own`);
  }
  // Images of containers would need pins, and an ecosystem of Dependabot, of their own.
  if (jobs.some((job) => job.container !== undefined || job.services !== undefined)) {
    report('pins', file, 'runs a container that no compose file describes');
  }
}

export interface Use {
  readonly action: string;
  readonly commit: string;
}

/** Every action of other repositories that a workflow uses. */
export function listUses(text: string): Use[] {
  return Array.from(text.matchAll(/^\s*(?:- )?uses:\s*([^\s@.][^\s@]*)@(\S+)/gm), ([, action = '', commit = '']) => ({
    action,
    commit,
  }));
}

/** The one job that is required for a merge stands for all others: it fails unless each of them succeeded. */
export function checkRequiredJob(text: string, required: string): Finding[] {
  const { jobs } = parse(text) as Workflow;
  const job = jobs[required];
  const where = `ci.yml ${required}`;
  if (job === undefined) return [{ rule: 'required', where, message: 'is not there' }];
  const findings: Finding[] = [];
  const others = Object.keys(jobs).filter((name) => name !== required);
  const missing = others.filter((name) => ![job.needs ?? []].flat().includes(name));
  if (missing.length > 0)
    findings.push({ rule: 'required', where, message: `does not wait for ${missing.join(', ')}` });
  if (job.if !== 'always()') findings.push({ rule: 'required', where, message: 'is left out when another job fails' });
  const results = job.steps?.map(({ env }) => env?.['RESULTS']);
  if (!results?.includes("${{ join(needs.*.result, ' ') }}")) {
    findings.push({ rule: 'required', where, message: 'does not look at the results' });
  }
  return findings;
}
