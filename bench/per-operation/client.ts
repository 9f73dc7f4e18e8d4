/**
 * The client-application of the baseline: takes uploads, stores and sends one operation each, and records the responses.
 * It answers the few requests that a benchmark makes as Mathmill does. Started by `per-operation.ts`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { MongoClient, ObjectId } from 'mongodb';
import {
  clientConcurrency,
  perOperationDatabase,
  perOperationNames,
  type JobDocument,
  type OperationDocument,
  type OperationRequest,
  type OperationResponse,
} from './layout.ts';
import { consume, createSender } from './messages.ts';
import { listen, readSetting } from './process.ts';

/** Documents inserted in one call. */
const documentsPerInsert = 1_000;

const bootstrapBrokers = readSetting('KAFKA_URI').split(',');
const sender = createSender(bootstrapBrokers, perOperationNames.requestTopic, Number(readSetting('PARTITIONS')));
const mongo = new MongoClient(readSetting('MONGODB_URI'), { writeConcern: { w: 'majority' } });
const database = mongo.db(perOperationDatabase);
const jobs = database.collection<JobDocument>('jobs');
const operations = database.collection<OperationDocument>('operations');

/** While the messages of one batch are sent, the documents of the next are inserted. */
async function submit(requests: readonly string[]): Promise<ObjectId> {
  const jobId = new ObjectId();
  const none = { completed: 0, succeeded: 0, failed: 0 };
  await jobs.insertOne({ _id: jobId, status: 'InProgress', operations: requests.length, ...none });
  const sendings: Promise<void>[] = [];
  for (let first = 0; first < requests.length; first += documentsPerInsert) {
    const documents = requests
      .slice(first, first + documentsPerInsert)
      .map((request, index) => createDocument(jobId, first + index + 1, request));
    await operations.insertMany(documents, { ordered: false });
    for (const { _id, request } of documents) {
      const message: OperationRequest = { id: _id.toHexString(), jobId: jobId.toHexString(), request };
      sendings.push(sender.send(message));
    }
  }
  await Promise.all(sendings);
  return jobId;
}

function createDocument(jobId: ObjectId, line: number, request: string): OperationDocument {
  return { _id: new ObjectId(), jobId, line, request, status: 'Pending' };
}

async function record(message: Buffer): Promise<void> {
  const { id, jobId, ...outcome } = JSON.parse(message.toString()) as OperationResponse;
  const changed = await operations.updateOne(
    { _id: new ObjectId(id), status: 'Pending' },
    { $set: { status: 'Completed', ...outcome } },
  );
  // A message that is delivered twice counts once.
  if (changed.modifiedCount === 0) return;
  const ofJob = { _id: new ObjectId(jobId) };
  const counted = outcome.error === undefined ? { succeeded: 1 } : { failed: 1 };
  const job = await jobs.findOneAndUpdate(ofJob, { $inc: { completed: 1, ...counted } }, { returnDocument: 'after' });
  if (job?.completed === job?.operations) await jobs.updateOne(ofJob, { $set: { status: 'Completed' } });
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '', 'http://localhost');
  const [, id, part] = /^\/api\/jobs\/([0-9a-f]{24})(\/results)?$/.exec(pathname) ?? [];
  if (request.method === 'POST' && pathname === '/api/jobs') {
    const lines = (await text(request)).replace(/\n$/, '').split('\n');
    const created = await submit(lines);
    response.statusCode = 201;
    response.end(JSON.stringify({ id: created.toHexString() }));
  } else if (request.method === 'GET' && id !== undefined) {
    response.end(await (part === undefined ? describeJob(new ObjectId(id)) : readResults(new ObjectId(id))));
  } else {
    response.statusCode = 404;
    response.end();
  }
}

async function describeJob(jobId: ObjectId): Promise<string> {
  const job = await jobs.findOne({ _id: jobId });
  return JSON.stringify({ ...job, id: jobId.toHexString() });
}

async function readResults(jobId: ObjectId): Promise<string> {
  const all = await operations.find({ jobId }).toArray();
  all.sort((a, b) => a.line - b.line);
  return all.map(({ result, error }) => `${result ?? `ERROR ${error}`}\n`).join('');
}

await mongo.connect();
await consume({
  bootstrapBrokers,
  topic: perOperationNames.responseTopic,
  groupId: perOperationNames.responseGroup,
  concurrency: clientConcurrency,
  handle: record,
});
await listen(answer);
