import { withoutSecrets } from '../../config-values.ts';
import { readMigrationConfig, type Environment } from '../../config.ts';
import type { CopyVerdict } from '../../engine/index.ts';
import type { Job } from '../../jobs/index.ts';
import { migrate, type Migration } from '../../migrate.ts';
import { keepMemorySmall } from '../../wiring.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, describeError, exitCodes, type ExitCode } from '../exit-codes.ts';
import { nameOptions, toSettings, type GivenOptions } from '../option-names.ts';
import { createProgress, type Progress } from '../progress.ts';
import { printable } from '../../printable.ts';
import { formatCount } from '../text.ts';

export interface MigrateOptions {
  readonly dataDir?: string;
  readonly mongodbUri?: string;
  readonly dryRun?: boolean;
  readonly verbose?: boolean;
  readonly progress: boolean;
}

/** `mathmill migrate`: copies the jobs of a data folder into a cluster. */
export async function migrateCommand(context: CommandContext, options: MigrateOptions): Promise<ExitCode> {
  keepMemorySmall();
  const given = { DATA_DIR: options.dataDir, MONGODB_URI: options.mongodbUri };
  const migration = readMigration(context.environment, given, options.dryRun === true);
  const run = new MigrationRun(context, migration, options);
  try {
    return await run.finish();
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const head = run.isBegun ? `stopped after ${run.describeSoFar()}` : 'cannot begin';
    const advice = run.isBegun && !migration.isDryRun ? '\nRun the command again to continue from there.' : '';
    throw new CommandFailure(`${head}: ${nameOptions(describeError(error), given)}${advice}`, { cause: error });
  } finally {
    run.stop();
  }
}

function readMigration(environment: Environment, given: GivenOptions, isDryRun: boolean): Migration {
  const reading = readMigrationConfig({ ...environment, ...toSettings(given) });
  if (reading.kind === 'ok') return { ...reading.config, isDryRun };
  throw new CommandFailure(nameOptions(reading.problems.join('\n'), given));
}

/** Shows what happens, and counts it. */
class MigrationRun {
  readonly #context: CommandContext;
  readonly #migration: Migration;
  readonly #options: MigrateOptions;
  readonly #counts: Record<CopyVerdict['kind'], number> = { copied: 0, present: 0, missing: 0, expired: 0, failed: 0 };
  #jobs = 0;
  #operations = 0;
  #problems: string[] = [];
  #progress: Progress | undefined;
  /** The two stores are open, and what there is to do is known. */
  isBegun = false;

  constructor(context: CommandContext, migration: Migration, options: MigrateOptions) {
    this.#context = context;
    this.#migration = migration;
    this.#options = options;
  }

  async finish(): Promise<ExitCode> {
    for await (const event of migrate(this.#migration)) {
      if (event.kind === 'planned') await this.#begin(event.jobs, event.operations);
      else if (event.kind === 'job') await this.#take(event.job, event.verdict);
      else this.#advance(event.operations);
    }
    this.stop();
    await this.#tellProblems();
    await this.#context.output.line(this.#summarize());
    // The jobs that could not be copied are to this command what operations without a result are to the others.
    return this.#counts.failed > 0 ? exitCodes.operationsFailed : exitCodes.ok;
  }

  stop(): void {
    this.#progress?.stop();
  }

  describeSoFar(): string {
    const done = Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
    return `${formatCount(done)} of ${countJobs(this.#jobs)}`;
  }

  async #begin(jobs: number, operations: number): Promise<void> {
    this.isBegun = true;
    this.#jobs = jobs;
    const { dataDirectory, mongodbUri, isDryRun } = this.#migration;
    const what = `${countJobs(jobs)} with ${formatCount(operations)} operations`;
    const head = isDryRun ? 'comparing' : 'copying';
    await this.#context.messages.line(
      `mathmill: ${head} ${what} from ${printable(dataDirectory)} to ${printable(withoutSecrets(mongodbUri))}`,
    );
    const labelOf = (): string => `${isDryRun ? 'Comparing' : 'Copying'} (${this.describeSoFar()})`;
    this.#progress = createProgress(this.#context.messages, {
      // Read again at each redraw.
      get label() {
        return labelOf();
      },
      unit: 'operations',
      total: operations,
      isWanted: this.#options.progress && this.#options.verbose !== true,
    });
  }

  #advance(operations: number): void {
    this.#operations += operations;
    this.#progress?.update({ done: Math.floor(this.#operations) });
  }

  async #take(job: Job, verdict: CopyVerdict): Promise<void> {
    this.#counts[verdict.kind] += 1;
    if (verdict.kind === 'failed') this.#problems.push(`mathmill: job ${job.id}: ${printable(verdict.problem)}`);
    if (this.#options.verbose !== true) return;
    // Printed one by one, each problem appears next to its job.
    await this.#tellProblems();
    if (verdict.kind !== 'failed') {
      const size = `${formatCount(job.operations)} operations`;
      await this.#context.output.line(`${job.id}  ${verdict.kind.padEnd(7)}  ${job.state}  ${size}`);
    }
  }

  /** Held back while a bar is on the terminal. */
  async #tellProblems(): Promise<void> {
    for (const problem of this.#problems.splice(0)) await this.#context.messages.line(problem);
  }

  #summarize(): string {
    const { copied, present, missing, expired, failed } = this.#counts;
    const parts = [
      ...(this.#migration.isDryRun ? [`${formatCount(missing)} to copy`] : [`${formatCount(copied)} copied`]),
      `${formatCount(present)} there already`,
      ...(expired > 0 ? [`${formatCount(expired)} expired and left behind`] : []),
      ...(failed > 0 ? [`${formatCount(failed)} not copied, see above`] : []),
    ];
    const isNothing = copied + missing + failed === 0;
    return `${countJobs(this.#jobs)}: ${parts.join(', ')}${isNothing ? '; nothing to do' : ''}`;
  }
}

function countJobs(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'job' : 'jobs'}`;
}
