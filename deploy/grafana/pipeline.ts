/** The way of a chunk: sent, received, evaluated, recorded, and what goes wrong on it. */
import { readThreshold } from '../prometheus/alert-rules.ts';
import { createDashboard } from './dashboard.ts';
import { createGraph, type PanelQuery } from './panels.ts';

const here = 'instance=~"$instance"';

/** The middle, the slowest twentieth and the slowest hundredth of a histogram, by labels. */
function quantiles(histogram: string, label: string): PanelQuery[] {
  return [0.5, 0.95, 0.99].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (le, ${label}) (rate(${histogram}_bucket{${here}}[$__rate_interval])))`,
    legend: `{{${label}}} p${quantile * 100}`,
  }));
}

export const pipeline = createDashboard({
  uid: 'mathmill-pipeline',
  title: 'Mathmill: pipeline',
  description:
    'The way of a chunk from a client-application through Kafka to a server-application and back into the store.',
  rows: [
    {
      title: 'Messages',
      panels: [
        createGraph({
          title: 'Messages received by topic',
          description: 'A message carries a chunk of up to 512 operations. Requests and responses go together.',
          unit: 'mps',
          queries: [
            {
              expr: `sum by (topic) (rate(consumer_messages_received_total{${here}}[$__rate_interval]))`,
              legend: '{{topic}}',
            },
          ],
        }),
        createGraph({
          title: 'Messages sent by topic',
          description: 'What the brokers have taken. More sent than received: the lag grows.',
          unit: 'mps',
          queries: [
            {
              expr: `sum by (topic) (rate(producer_messages_sent_total{${here}}[$__rate_interval]))`,
              legend: '{{topic}}',
            },
          ],
        }),
        createGraph({
          title: 'Messages per produce request',
          description:
            'A produce request costs brokers milliseconds, whatever it contains. With large jobs it has 10 messages and more.',
          unit: 'short',
          queries: [
            {
              expr: `sum by (topic) (rate(producer_messages_sent_total{${here}}[$__rate_interval])) / sum by (topic) (rate(producer_requests_total{${here}}[$__rate_interval]))`,
              legend: '{{topic}}',
            },
          ],
        }),
        createGraph({
          title: 'Lag by topic',
          description:
            'Messages that are not finished, over all instances. Up to the windows of all client-applications it is work under way.',
          unit: 'short',
          queries: [{ expr: `sum by (topic) (consumer_messages_lag{${here}})`, legend: '{{topic}}' }],
        }),
        createGraph({
          title: 'Errors of messages',
          description: 'Messages that could not be handled, and sends that failed; both are tried again.',
          unit: 'cps',
          queries: [
            {
              expr: `sum by (topic) (rate(consumer_messages_error_total{${here}}[$__rate_interval]))`,
              legend: 'handling {{topic}}',
            },
            {
              expr: `sum by (topic) (rate(producer_messages_error_total{${here}}[$__rate_interval]))`,
              legend: 'sending {{topic}}',
            },
          ],
        }),
        createGraph({
          title: 'Dead letters',
          description: 'Messages that nobody can read, by where they came from. Should be 0 always.',
          unit: 'short',
          queries: [
            {
              expr: `sum by (topic) (increase(mathmill_dead_letters_total{${here}}[$__rate_interval]))`,
              legend: '{{topic}}',
            },
          ],
        }),
        createGraph({
          title: 'Connections to Kafka begun anew',
          description:
            'Consumers begin again when partitions change hands, as with each start of an instance. Otherwise brokers are in trouble.',
          unit: 'short',
          queries: [
            {
              expr: `sum by (instance) (increase(mathmill_consumer_restarts_total{${here}}[$__rate_interval]))`,
              legend: 'consumer {{instance}}',
            },
            {
              expr: `sum by (instance) (increase(mathmill_producer_replacements_total{${here}}[$__rate_interval]))`,
              legend: 'producer {{instance}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Chunks',
      panels: [
        createGraph({
          title: 'Chunks on their way',
          description: 'Accepted with their job, sent to be evaluated, recorded in the store.',
          unit: 'cps',
          queries: [
            {
              expr: `sum by (state) (rate(mathmill_chunks_total{state=~"accepted|sent|recorded", ${here}}[$__rate_interval]))`,
              legend: '{{state}}',
            },
          ],
        }),
        createGraph({
          title: 'Work done twice',
          description:
            'Chunks that were sent again because they were overdue, outcomes that were there already, and outcomes of deleted jobs.',
          unit: 'cps',
          queries: [
            {
              expr: `sum by (state) (rate(mathmill_chunks_total{state=~"resent|duplicate|gone", ${here}}[$__rate_interval]))`,
              legend: '{{state}}',
            },
          ],
        }),
        createGraph({
          title: 'Windows',
          description:
            'Chunks under way, and how many each client-application lets be. A full window is a busy cluster, not a fault.',
          unit: 'short',
          queries: [
            { expr: `sum by (instance) (mathmill_window_used{${here}})`, legend: 'used {{instance}}' },
            { expr: `max by (instance) (mathmill_window_limit{${here}})`, legend: 'limit {{instance}}' },
          ],
        }),
      ],
    },
    {
      title: 'Times',
      panels: [
        createGraph({
          title: 'Handling of a message',
          description: 'From its arrival until it was dealt with: evaluated and sent on, or recorded.',
          unit: 's',
          queries: quantiles('messaging_process_duration_seconds', 'messaging_destination_name'),
        }),
        createGraph({
          title: 'Evaluation of a chunk',
          description: 'Waiting for a thread included.',
          unit: 's',
          queries: quantiles('mathmill_evaluation_duration_seconds', 'mode'),
        }),
        createGraph({
          title: 'Writing of outcomes',
          description: 'Until they were durable. A slow store narrows the windows.',
          unit: 's',
          queries: quantiles('mathmill_store_commit_duration_seconds', 'job'),
          redFrom: readThreshold('StoreCommitSlow'),
        }),
        createGraph({
          title: 'Chunks in one write',
          description: 'Larger writes come with more work, or with a slower store.',
          unit: 'short',
          queries: quantiles('mathmill_store_batch_size', 'job'),
        }),
        createGraph({
          title: 'Failures of the evaluator',
          description:
            'Threads and processes that were lost or did not start, and operations given up for it. Should be 0 always.',
          unit: 'short',
          queries: [
            {
              expr: `sum by (kind) (increase(mathmill_evaluator_failures_total{${here}}[$__rate_interval]))`,
              legend: '{{kind}}',
            },
          ],
        }),
      ],
    },
  ],
});
