/** Lists of jobs, by an index that holds all fields that a filter uses. */
import type { Filter } from 'mongodb';
import type { JobFilter } from '../../engine/index.ts';
import { defaultTenant, visibleJobStates, type ListedJob } from '../../jobs/index.ts';
import { bounded, filterIndex, tenantIndex, type Collections } from './database.ts';
import { toListedJob, type JobDocument } from './documents.ts';
import { listed } from './job-records.ts';

export class JobLists {
  readonly #jobs: Collections['jobs'];

  constructor({ jobs }: Collections) {
    this.#jobs = jobs;
  }

  /** Counts the entries of an index: some tenths of a second for a million jobs. */
  async list(filter: JobFilter, offset: number, limit: number): Promise<{ total: number; jobs: ListedJob[] }> {
    return this.#listPage(filter, {}, offset, limit);
  }

  /** Costs the page and the count: the index of the list is entered at the place. */
  async listAfter(filter: JobFilter, jobId: string, limit: number): Promise<{ total: number; jobs: ListedJob[] }> {
    return this.#listPage(filter, { _id: { $lt: jobId } }, 0, limit);
  }

  /** Oldest first. */
  async findIds(filter: JobFilter, limit: number): Promise<string[]> {
    const page = { ...bounded, hint: toHint(filter), projection: { _id: 1 }, sort: { _id: 1 }, limit } as const;
    return (await this.#jobs.find(toQuery(filter), page).toArray()).map(({ _id }) => _id);
  }

  async #listPage(
    filter: JobFilter,
    place: Filter<JobDocument>,
    skip: number,
    limit: number,
  ): Promise<{ total: number; jobs: ListedJob[] }> {
    const all = toQuery(filter);
    const hint = toHint(filter);
    const page = { ...bounded, ...listed, hint, sort: { _id: -1 }, skip, limit } as const;
    const [total, documents] = await Promise.all([
      this.#jobs.countDocuments(all, { ...bounded, hint }),
      this.#jobs.find({ ...all, ...place }, page).toArray(),
    ]);
    return { total, jobs: documents.map(toListedJob) };
  }
}

function toHint({ tenant }: JobFilter): string {
  return tenant === undefined ? filterIndex : tenantIndex;
}

function toQuery({ tenant, states = visibleJobStates, name, createdBefore }: JobFilter): Filter<JobDocument> {
  return {
    // Null matches documents without the field.
    ...(tenant !== undefined && { tenant: tenant === defaultTenant ? null : tenant }),
    state: { $in: [...states] },
    ...(createdBefore !== undefined && { createdAt: { $lt: createdBefore } }),
    ...(name !== undefined && { name: { $regex: toPattern(name) } }),
  };
}

/** A string as a pattern that matches it. ASCII letters match in either case; the option `i` would fold others as well. */
export function toPattern(text: string): string {
  return text
    .replaceAll(/[\\^$.|?*+()[\]{}]/g, String.raw`\$&`)
    .replaceAll(/[a-z]/gi, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);
}
