/** Reports of the instances of a cluster: one small document for each, which replaces the one before. */
import { readInstanceReport, type InstanceReport } from '../../engine/index.ts';
import { bounded, type Collections } from './database.ts';
import { isDuplicateKey } from './mongo-errors.ts';

/** Far more instances than a cluster has. */
const instancesMax = 1_000;

export class InstanceRecords {
  readonly #instances: Collections['instances'];

  constructor({ instances }: Collections) {
    this.#instances = instances;
  }

  async report(report: InstanceReport, forgetBefore: number): Promise<void> {
    await this.#replace(report);
    await this.#instances.deleteMany({ seenAt: { $lt: forgetBefore } }, bounded);
  }

  /** A document that this version cannot read is one of a later version, and left out. */
  async read(seenFrom: number): Promise<InstanceReport[]> {
    const page = { ...bounded, limit: instancesMax } as const;
    const documents = await this.#instances.find({ seenAt: { $gte: seenFrom } }, page).toArray();
    return documents.map(readInstanceReport).filter((report) => report !== undefined);
  }

  /** Two calls at the same time may both find no document and insert one: then the other's, of the same moment, stays. */
  async #replace(report: InstanceReport): Promise<void> {
    try {
      const key = { _id: `${report.role}/${report.id}` };
      await this.#instances.replaceOne(key, { ...report }, { ...bounded, upsert: true });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }
}
