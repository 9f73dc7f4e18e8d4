/** The experience of users: their jobs, their operations, their requests. */
import { readThreshold } from '../prometheus/alert-rules.ts';
import { createDashboard } from './dashboard.ts';
import { createGraph, createNumber } from './panels.ts';

const requests = 'http_server_request_duration_seconds';
const api = 'job=~"(.+/)?(standalone|client-application)", http_route=~"/api/.*", instance=~"$instance"';

export const overview = createDashboard({
  uid: 'mathmill-overview',
  title: 'Mathmill: overview',
  description: 'What users feel: jobs, operations and requests to the API.',
  rows: [
    {
      title: 'Now',
      panels: [
        createNumber({
          title: 'Unfinished jobs',
          description: 'Jobs that are accepted and have operations without an outcome.',
          unit: 'short',
          queries: [{ expr: 'sum(mathmill_jobs_active{instance=~"$instance"})', legend: 'jobs' }],
        }),
        createNumber({
          title: 'Age of the oldest unfinished job',
          description:
            'Since its upload began. A job of millions of operations takes long; the next number says whether jobs progress.',
          unit: 's',
          queries: [{ expr: 'max(mathmill_jobs_oldest_unfinished_age_seconds{instance=~"$instance"})', legend: 'age' }],
        }),
        createNumber({
          title: 'Longest time without progress',
          description: 'Of any unfinished job. Above 15 minutes, a job is stuck.',
          unit: 's',
          queries: [{ expr: 'max(mathmill_jobs_last_progress_age_seconds{instance=~"$instance"})', legend: 'time' }],
          redFrom: readThreshold('JobStuck'),
        }),
        createNumber({
          title: 'Operations',
          description: 'Operations evaluated a second, whatever became of them.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum(rate(mathmill_operations_evaluated_total{instance=~"$instance"}[$__rate_interval]))',
              legend: 'operations',
            },
          ],
        }),
        createNumber({
          title: 'Bad answers',
          description:
            'Share of the answers of the API with a status of 5xx, 503 included: the store or the bus is out of reach, or Mathmill is at fault.',
          unit: 'percentunit',
          queries: [
            {
              expr: `(sum(rate(${requests}_count{${api}, http_response_status_code=~"5.."}[$__rate_interval])) or vector(0)) / sum(rate(${requests}_count{${api}}[$__rate_interval]))`,
              legend: 'share',
            },
          ],
          redFrom: 0.001,
        }),
      ],
    },
    {
      title: 'Jobs and operations',
      panels: [
        createGraph({
          title: 'Jobs by what happened to them',
          description: 'Accepted and completed go together over time; `taken_over` counts jobs whose instance died.',
          unit: 'cps',
          queries: [
            {
              expr: 'sum by (state) (rate(mathmill_jobs_total{instance=~"$instance"}[$__rate_interval]))',
              legend: '{{state}}',
            },
          ],
        }),
        createGraph({
          title: 'Operations by number mode',
          description: 'Operations evaluated a second.',
          unit: 'ops',
          isStacked: true,
          queries: [
            {
              expr: 'sum by (mode) (rate(mathmill_operations_evaluated_total{instance=~"$instance"}[$__rate_interval]))',
              legend: '{{mode}}',
            },
          ],
        }),
        createGraph({
          title: 'Errors of operations by code',
          description: 'What users wrote and got an error for. Only `CRASH` and `TIMEOUT` are a matter for operators.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum by (outcome) (rate(mathmill_operations_evaluated_total{outcome!="RESULT", instance=~"$instance"}[$__rate_interval]))',
              legend: '{{outcome}}',
            },
          ],
        }),
        createGraph({
          title: 'Unfinished jobs by instance',
          description: 'Jobs that each instance looks after.',
          unit: 'short',
          isStacked: true,
          queries: [
            { expr: 'sum by (instance) (mathmill_jobs_active{instance=~"$instance"})', legend: '{{instance}}' },
          ],
        }),
        createGraph({
          title: 'Longest time without progress by instance',
          description: 'Of the unfinished jobs that each instance owns: time since the last new outcome.',
          unit: 's',
          queries: [
            {
              expr: 'max by (instance) (mathmill_jobs_last_progress_age_seconds{instance=~"$instance"})',
              legend: '{{instance}}',
            },
          ],
          redFrom: readThreshold('JobStuck'),
        }),
        createGraph({
          title: 'Time of jobs by size, slowest twentieth',
          description:
            'From acceptance to completion. small: up to 1,000 operations; medium: up to 100,000; large: more.',
          unit: 's',
          queries: [
            {
              expr: 'histogram_quantile(0.95, sum by (le, size) (rate(mathmill_job_duration_seconds_bucket{instance=~"$instance"}[$__rate_interval])))',
              legend: '{{size}}',
            },
          ],
        }),
        createGraph({
          title: 'Age of the oldest unfinished job by instance',
          description: 'A large job may be old and healthy: look at the time without progress.',
          unit: 's',
          queries: [
            {
              expr: 'max by (instance) (mathmill_jobs_oldest_unfinished_age_seconds{instance=~"$instance"})',
              legend: '{{instance}}',
            },
          ],
        }),
        createGraph({
          title: 'Uploads',
          description: 'Bytes of uploads read a second, after decompression.',
          unit: 'Bps',
          queries: [
            {
              expr: 'sum by (instance) (rate(mathmill_upload_size_bytes_total{instance=~"$instance"}[$__rate_interval]))',
              legend: '{{instance}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'API',
      panels: [
        createGraph({
          title: 'Requests by route',
          description: 'Requests answered a second.',
          unit: 'reqps',
          queries: [
            {
              expr: `sum by (http_request_method, http_route) (rate(${requests}_count{${api}}[$__rate_interval]))`,
              legend: '{{http_request_method}} {{http_route}}',
            },
          ],
        }),
        createGraph({
          title: 'Refusals and errors by route',
          description:
            '4xx is what callers did wrong, 503 a store or bus out of reach, other 5xx a fault. Empty while there are none.',
          unit: 'reqps',
          queries: [
            {
              expr: `sum by (http_response_status_code, http_request_method, http_route) (rate(${requests}_count{${api}, http_response_status_code=~"[45].."}[$__rate_interval]))`,
              legend: '{{http_response_status_code}} {{http_request_method}} {{http_route}}',
            },
          ],
        }),
        createGraph({
          title: 'Time of requests by route, slowest hundredth',
          description:
            'Uploads, results, events and questions with `wait` may take their time; the others should be far below a second.',
          unit: 's',
          queries: [
            {
              expr: `histogram_quantile(0.99, sum by (le, http_request_method, http_route) (rate(${requests}_bucket{${api}}[$__rate_interval])))`,
              legend: '{{http_request_method}} {{http_route}}',
            },
          ],
        }),
        createGraph({
          title: 'Shared slots in use',
          description:
            'The part in use of what clients share: connections, uploads, downloads and followers. At 1, further ones are rejected.',
          redFrom: 1,
          unit: 'percentunit',
          queries: [
            {
              expr: 'max by (instance, kind) (mathmill_http_slots_used{instance=~"$instance"} / mathmill_http_slots_limit{instance=~"$instance"})',
              legend: '{{kind}} {{instance}}',
            },
          ],
        }),
        createGraph({
          title: 'Shared memory in use',
          description: 'The part in use of the memory that requests share.',
          redFrom: 1,
          unit: 'percentunit',
          queries: [
            {
              expr: 'max by (instance, kind) (mathmill_http_memory_used_bytes{instance=~"$instance"} / mathmill_http_memory_limit_bytes{instance=~"$instance"})',
              legend: '{{kind}} {{instance}}',
            },
          ],
        }),
        createGraph({
          title: 'Rejected because there was no room',
          description:
            'Requests and connections. `share`: one address held its share. `slow`: a slow or idle one made room.',
          unit: 'cps',
          queries: [
            {
              expr: 'sum by (kind, reason) (rate(mathmill_http_rejections_total{instance=~"$instance"}[$__rate_interval]))',
              legend: '{{kind}} {{reason}}',
            },
          ],
        }),
      ],
    },
  ],
});
