/** The instances as processes: who is there, and what each uses. */
import { readThreshold } from '../prometheus/alert-rules.ts';
import { createDashboard } from './dashboard.ts';
import { createGraph } from './panels.ts';

const here = 'instance=~"$instance"';
/** For what other programs may emit too. */
const ours = `job=~"(.+/)?(standalone|client-application|server-application)", ${here}`;

export const processes = createDashboard({
  uid: 'mathmill-processes',
  title: 'Mathmill: processes',
  description: 'Which instances are there, and what each uses of its machine.',
  rows: [
    {
      title: 'Instances',
      panels: [
        createGraph({
          title: 'Instances by kind',
          description: 'Those that pushed metrics within the last 90 seconds.',
          unit: 'short',
          queries: [
            {
              expr: `count by (job) (time() - max by (job, instance) (timestamp(mathmill_evaluator_failures_total{${here}})) <= 90)`,
              legend: '{{job}}',
            },
          ],
        }),
        createGraph({
          title: 'Time since the last metrics',
          description:
            'Of each instance. It goes up and down within the interval of the pushes, 30 s; a dead instance rises and disappears after 5 minutes.',
          unit: 's',
          redFrom: readThreshold('StandaloneDown'),
          queries: [
            {
              expr: `time() - max by (job, instance) (timestamp(mathmill_evaluator_failures_total{${here}}))`,
              legend: '{{instance}}',
            },
          ],
        }),
        createGraph({
          title: 'Versions',
          description: 'Instances of each version; more than one only during an upgrade.',
          unit: 'short',
          queries: [
            {
              expr: `count by (job, service_version) (mathmill_evaluator_failures_total{kind="thread_lost", ${here}})`,
              legend: '{{job}} {{service_version}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'What they depend on',
      panels: [
        createGraph({
          title: 'Parts that answer',
          description: 'The part of the instances that reach their store and their bus. At 0 the part is down.',
          unit: 'percentunit',
          queries: [{ expr: `avg by (job, part) (mathmill_ready{${here}})`, legend: '{{job}} {{part}}' }],
          redBelow: readThreshold('StoreUnavailable'),
        }),
        createGraph({
          title: 'Size of the store',
          description: 'The data file of a standalone server with its log.',
          unit: 'bytes',
          queries: [{ expr: `max by (instance) (mathmill_store_size_bytes{${here}})`, legend: '{{instance}}' }],
        }),
        createGraph({
          title: 'Room on the disk of the store',
          description: 'Of a standalone server. Below the reserve, uploads are rejected with 507.',
          unit: 'bytes',
          queries: [
            { expr: `min by (instance) (mathmill_store_free_bytes{${here}})`, legend: 'free {{instance}}' },
            { expr: `max by (instance) (mathmill_store_reserved_bytes{${here}})`, legend: 'reserved {{instance}}' },
          ],
        }),
      ],
    },
    {
      title: 'Main thread',
      panels: [
        createGraph({
          title: 'Utilisation of the event loop',
          description: 'Share of the time in which the main thread was busy. Near 1 it is the limit of the instance.',
          unit: 'percentunit',
          queries: [
            { expr: `max by (instance) (nodejs_eventloop_utilization_ratio{${ours}})`, legend: '{{instance}}' },
          ],
        }),
        createGraph({
          title: 'Delay of timers, slowest hundredth',
          description: 'How late the main thread comes to what is due. All its answers are late by as much.',
          unit: 's',
          queries: [
            { expr: `max by (instance) (nodejs_eventloop_delay_p99_seconds{${ours}})`, legend: '{{instance}}' },
          ],
          redFrom: readThreshold('EventLoopDelayHigh'),
        }),
        createGraph({
          title: 'Delay of timers, middle and longest',
          description: 'A long maximum with a short middle is one long pause, such as a collection of garbage.',
          unit: 's',
          queries: [
            { expr: `max by (instance) (nodejs_eventloop_delay_p50_seconds{${ours}})`, legend: 'p50 {{instance}}' },
            { expr: `max by (instance) (nodejs_eventloop_delay_max_seconds{${ours}})`, legend: 'max {{instance}}' },
          ],
        }),
      ],
    },
    {
      title: 'Processor and memory',
      panels: [
        createGraph({
          title: 'Processors',
          description: 'Processors used by all threads together; 1 is one processor.',
          unit: 'short',
          queries: [
            {
              expr: `sum by (instance) (rate(process_cpu_time_seconds_total{${ours}}[$__rate_interval]))`,
              legend: '{{instance}}',
            },
          ],
        }),
        createGraph({
          title: 'Memory',
          description:
            'Physical memory of the process, all threads together; the containers of the compose file have 512 MiB.',
          unit: 'bytes',
          queries: [{ expr: `max by (instance) (process_memory_usage_bytes{${ours}})`, legend: '{{instance}}' }],
        }),
        createGraph({
          title: 'Heap of the main thread',
          description: 'Used, and what V8 has set aside for it.',
          unit: 'bytes',
          queries: [
            { expr: `sum by (instance) (v8js_memory_heap_used_bytes{${ours}})`, legend: 'used {{instance}}' },
            { expr: `sum by (instance) (v8js_memory_heap_limit_bytes{${ours}})`, legend: 'set aside {{instance}}' },
          ],
        }),
        createGraph({
          title: 'Time in collections of garbage',
          description: 'Share of the time of the main thread. More than a tenth is a heap that is too small.',
          unit: 'percentunit',
          queries: [
            {
              expr: `sum by (instance) (rate(v8js_gc_duration_seconds_sum{${ours}}[$__rate_interval]))`,
              legend: '{{instance}}',
            },
          ],
        }),
        createGraph({
          title: 'Collections by kind',
          description: 'Collections a second. Many `major` ones come near the limit of the heap.',
          unit: 'cps',
          queries: [
            {
              expr: `sum by (v8js_gc_type) (rate(v8js_gc_duration_seconds_count{${ours}}[$__rate_interval]))`,
              legend: '{{v8js_gc_type}}',
            },
          ],
        }),
      ],
    },
  ],
});
