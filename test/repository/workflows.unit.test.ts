/** The workflows keep their rules, and each rule catches what it is there for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse, stringify } from 'yaml';

import { listManifests } from './dependabot-policy.ts';
import { listFiles, makeTargets, readText } from './files.ts';
import { checkRequiredJob, checkWorkflow, listUses, type Job, type Step, type Workflow } from './workflow-policy.ts';

const folder = '.github/workflows';
const paths = listFiles();
const texts = new Map(
  paths
    .filter((path) => path.startsWith(`${folder}/`))
    .map((path) => [path.slice(folder.length + 1), readText(path)] as const),
);
const targets = makeTargets(readText('Makefile'));

function textOf(file: string): string {
  const text = texts.get(file);
  assert.ok(text !== undefined, `no workflow ${file}`);
  return text;
}

function jobOf(workflow: Workflow, name: string): Job {
  const job = workflow.jobs[name];
  assert.ok(job, `no job ${name}`);
  return job;
}

function stepOf(job: Job, isIt: (step: Step) => boolean): Step {
  const step = job.steps?.find(isIt);
  assert.ok(step, 'no such step');
  return step;
}

function uses(action: string): (step: Step) => boolean {
  return (step) => step.uses?.startsWith(`${action}@`) === true;
}

const runs = (step: Step): boolean => step.run !== undefined;

describe('the workflows', () => {
  it('are those that the repository is described with', () => {
    const names = [
      'ci',
      'code-audit',
      'codeql',
      'distributed-tests',
      'end-to-end',
      'image-scan',
      'release',
      'scorecard',
      'static-analysis',
      'tests',
    ];
    assert.deepEqual(
      Array.from(texts.keys()),
      names.map((name) => `${name}.yml`),
    );
    for (const file of texts.keys())
      assert.ok(readText('docs/contributing/repository.md').includes(`\`${file}\``), `${file} is not described`);
  });

  for (const [file, text] of texts) {
    it(`${file} keeps all rules`, () => assert.deepEqual(checkWorkflow(file, text, targets), []));
  }

  it('use one version of each action', () => {
    const commits = new Map<string, Set<string>>();
    for (const { action, commit } of Array.from(texts.values()).flatMap(listUses)) {
      const repository = action.split('/').slice(0, 2).join('/');
      commits.set(repository, (commits.get(repository) ?? new Set()).add(commit));
    }
    assert.ok(commits.size > 10);
    assert.deepEqual(
      Array.from(commits).filter(([, versions]) => versions.size > 1),
      [],
    );
  });

  it('use no action that the settings of the repository refuse, and these allow none that is not used', () => {
    const used = new Set(
      Array.from(texts.values())
        .flatMap(listUses)
        .map(({ action }) => action)
        .filter((action) => !/^(?:actions|github)\//.test(action)),
    );
    const list = /allowed_actions = \[([^\]]*)\]/.exec(readText('terraform/main.tf'))?.[1] ?? '';
    const allowed = Array.from(list.matchAll(/"([^"@]+)@\*"/g), ([, action = '']) => action);
    assert.deepEqual(allowed, Array.from(used).sort());
  });

  it('have a required job that stands for all others, and the settings require that one', () => {
    assert.deepEqual(checkRequiredJob(textOf('ci.yml'), 'ci'), []);
    assert.match(readText('terraform/main.tf'), /required_checks\s+= \[\{ context = "ci" \}\]/);
  });

  it('push the image of a release after all else, and only of a commit whose CI succeeded', () => {
    const { jobs } = parse(textOf('release.yml')) as Workflow;
    const needsOf = (name: string): readonly string[] => [jobs[name]?.needs ?? []].flat();
    const allBefore = (name: string): ReadonlySet<string> =>
      new Set(needsOf(name).flatMap((job) => [job, ...allBefore(job)]));
    const before = allBefore('image');
    assert.deepEqual(
      Object.keys(jobs).filter((name) => !before.has(name)),
      ['image', 'publish'],
    );
    assert.deepEqual(needsOf('publish'), ['image']);
    assert.ok(before.has('tests') && before.has('distributed-tests') && before.has('end-to-end'));
    assert.ok(jobs['check']?.steps?.some(({ run }) => run === '.github/scripts/check-ci.sh'));
    for (const [name, job] of Object.entries(jobs))
      assert.equal(job.steps?.some((step) => step.with?.['push'] === true) ?? false, name === 'image', name);
  });

  it('audit every change of what is depended on, and every day', () => {
    const { on } = parse(textOf('code-audit.yml')) as {
      on: Record<string, { paths?: string[] }> & { schedule: { cron: string }[] };
    };
    assert.match(on.schedule[0]?.cron ?? '', /^\d+ \d+ \* \* \*$/);
    assert.deepEqual(on['push']?.paths, on['pull_request']?.paths);
    const patterns = (on['pull_request']?.paths ?? []).map(toExpression);
    const manifests = paths.filter(
      (path) => listManifests([path]).size > 0 || path.endsWith('package-lock.json') || path.endsWith('go.sum'),
    );
    assert.ok(manifests.length > 15);
    assert.deepEqual(
      manifests.filter((path) => !patterns.some((pattern) => pattern.test(path))),
      [],
    );
  });
});

/** A path filter of GitHub as a regular expression; of its wildcards those that are used here. */
function toExpression(filter: string): RegExp {
  const source = filter
    .replaceAll(/[.+^$(){}|[\]\\]/g, '\\$&')
    .replaceAll(/\*\*\/|\*\*|\*/g, (wildcard) => ({ '**/': '(?:.*/)?', '**': '.*' })[wildcard] ?? '[^/]*');
  return new RegExp(`^${source}$`);
}

describe('planted violations', () => {
  const checkout = 'actions/checkout';
  const planted: [rule: string, file: string, change: (workflow: Workflow) => void][] = [
    ['permissions', 'tests.yml', (workflow) => delete workflow.permissions],
    ['permissions', 'tests.yml', (workflow) => (workflow.permissions = 'read-all')],
    ['permissions', 'tests.yml', (workflow) => (workflow.permissions = { contents: 'write' })],
    ['permissions', 'tests.yml', (workflow) => delete jobOf(workflow, 'tests').permissions],
    ['permissions', 'tests.yml', (workflow) => (jobOf(workflow, 'tests').permissions = 'write-all')],
    ['permissions', 'tests.yml', (workflow) => (jobOf(workflow, 'tests').permissions = { contents: 'write' })],
    ['permissions', 'release.yml', (workflow) => (jobOf(workflow, 'package').permissions = { packages: 'write' })],
    ['concurrency', 'codeql.yml', (workflow) => delete workflow.concurrency],
    ['triggers', 'ci.yml', (workflow) => (workflow.on['pull_request_target'] = null)],
    ['triggers', 'ci.yml', (workflow) => (workflow.on['workflow_run'] = { workflows: ['Tests'] })],
    ['secrets', 'ci.yml', (workflow) => (jobOf(workflow, 'tests').secrets = 'inherit')],
    ['result', 'tests.yml', (workflow) => (jobOf(workflow, 'tests')['continue-on-error'] = true)],
    ['time', 'tests.yml', (workflow) => delete jobOf(workflow, 'tests')['timeout-minutes']],
    ['time', 'tests.yml', (workflow) => (jobOf(workflow, 'tests')['timeout-minutes'] = 360)],
    ['runner', 'codeql.yml', (workflow) => (jobOf(workflow, 'analyze')['runs-on'] = 'ubuntu-latest')],
    [
      'runner',
      'tests.yml',
      (workflow) => (jobOf(workflow, 'tests').strategy = { matrix: { runner: ['self-hosted'] } }),
    ],
    ['credentials', 'tests.yml', (workflow) => delete stepOf(jobOf(workflow, 'tests'), uses(checkout)).with],
    [
      'credentials',
      'release.yml',
      (workflow) => (stepOf(jobOf(workflow, 'image'), uses(checkout)).with = { 'persist-credentials': true }),
    ],
    [
      'expressions',
      'end-to-end.yml',
      (workflow) => (stepOf(jobOf(workflow, 'docker'), runs).run = 'echo "${{ github.event.pull_request.title }}"'),
    ],
    [
      'expressions',
      'release.yml',
      (workflow) => (stepOf(jobOf(workflow, 'publish'), runs).run = 'echo ${{ github.ref_name }}'),
    ],
    ['commands', 'tests.yml', (workflow) => (stepOf(jobOf(workflow, 'tests'), runs).run = 'npm test')],
    ['commands', 'tests.yml', (workflow) => (stepOf(jobOf(workflow, 'tests'), runs).run = 'make test\nnode --test\n')],
    ['targets', 'tests.yml', (workflow) => (stepOf(jobOf(workflow, 'tests'), runs).run = 'make tests')],
    ['targets', 'tests.yml', (workflow) => (stepOf(jobOf(workflow, 'tests'), runs).run = 'make test STRICT=1 absent')],
    [
      'caches',
      'release.yml',
      (workflow) =>
        (stepOf(jobOf(workflow, 'package'), uses('actions/setup-node')).with = { 'node-version': '24', cache: 'npm' }),
    ],
    ['caches', 'release.yml', (workflow) => delete stepOf(jobOf(workflow, 'package'), uses('actions/setup-node')).with],
    [
      'caches',
      'release.yml',
      (workflow) => delete stepOf(jobOf(workflow, 'image'), uses('docker/setup-qemu-action')).with,
    ],
    [
      'caches',
      'distributed-tests.yml',
      (workflow) => delete stepOf(jobOf(workflow, 'distributed'), uses('actions/setup-go')).with,
    ],
    ['pins', 'tests.yml', (workflow) => (jobOf(workflow, 'tests').container = 'node:24')],
    [
      'pins',
      'distributed-tests.yml',
      (workflow) => (jobOf(workflow, 'replica-set').services = { mongo: { image: 'mongo' } }),
    ],
  ];
  for (const [index, [rule, file, change]] of planted.entries()) {
    it(`${index + 1}: ${rule} of ${file}`, () => {
      const workflow = parse(textOf(file)) as Workflow;
      change(workflow);
      const rules = checkWorkflow(file, stringify(workflow), targets).map((finding) => finding.rule);
      assert.ok(rules.includes(rule), `not found; found ${rules.join(', ')}`);
    });
  }

  const pin = `${checkout}@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1`;
  for (const other of [
    `${checkout}@v7`,
    `${checkout}@v7.0.1 # v7.0.1`,
    `${checkout}@main`,
    `${checkout}@3d3c42e # v7.0.1`,
    `${checkout}@3d3c42e5aac5ba805825da76410c181273ba90b1`,
    `${checkout}@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7`,
    'docker://alpine:3',
  ]) {
    it(`pins: ${other}`, () => {
      const text = textOf('tests.yml');
      assert.ok(text.includes(pin));
      const findings = checkWorkflow('tests.yml', text.replace(pin, other), targets);
      assert.ok(findings.some(({ rule }) => rule === 'pins'));
    });
  }

  it('pins: an action in another form than a line of its own', () => {
    const text = textOf('tests.yml').replace('- run: make test\n', '- { uses: actions/checkout@v7 }\n');
    assert.notEqual(text, textOf('tests.yml'));
    assert.ok(checkWorkflow('tests.yml', text, targets).some(({ rule }) => rule === 'pins'));
  });

  const requiredJob: [what: string, change: (workflow: Workflow) => void][] = [
    ['it does not wait for one', (workflow) => (jobOf(workflow, 'ci').needs = ['tests'])],
    ['it is left out after a failure', (workflow) => delete jobOf(workflow, 'ci').if],
    ['it looks at nothing', (workflow) => (jobOf(workflow, 'ci').steps = [{ run: 'true' }])],
    ['a job is added beside it', (workflow) => (workflow.jobs['more'] = { uses: './.github/workflows/tests.yml' })],
    ['it is gone', (workflow) => delete workflow.jobs['ci']],
  ];
  for (const [what, change] of requiredJob) {
    it(`the required job: ${what}`, () => {
      const workflow = parse(textOf('ci.yml')) as Workflow;
      change(workflow);
      assert.notDeepEqual(checkRequiredJob(stringify(workflow), 'ci'), []);
    });
  }
});
