/** The server-application of the baseline: evaluates one operation a message. Started by `per-operation.ts`. */
import { createLineEvaluator } from '../../src/expression/index.ts';
import { perOperationNames, serverConcurrency, type OperationRequest, type OperationResponse } from './layout.ts';
import { consume, createSender } from './messages.ts';
import { listen, readSetting } from './process.ts';

const bootstrapBrokers = readSetting('KAFKA_URI').split(',');
const sender = createSender(bootstrapBrokers, perOperationNames.responseTopic, Number(readSetting('PARTITIONS')));
const evaluator = createLineEvaluator({ mode: 'decimal', precision: 34 });

async function evaluate(message: Buffer): Promise<void> {
  const { id, jobId, request } = JSON.parse(message.toString()) as OperationRequest;
  const outcome = evaluator.evaluateText(request);
  const response: OperationResponse =
    outcome.kind === 'result' ? { id, jobId, result: outcome.text } : { id, jobId, error: outcome.error.message };
  await sender.send(response);
}

await consume({
  bootstrapBrokers,
  topic: perOperationNames.requestTopic,
  groupId: perOperationNames.requestGroup,
  concurrency: serverConcurrency,
  handle: evaluate,
});
await listen(async (_request, response) => void response.end());
