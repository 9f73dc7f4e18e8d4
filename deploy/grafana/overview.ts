/** What users feel: their jobs, their operations, their requests. */
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
            'Since its upload began. A job of millions of operations takes long; whether jobs go on, the chunks tell.',
          unit: 's',
          queries: [{ expr: 'max(mathmill_jobs_oldest_unfinished_age_seconds{instance=~"$instance"})', legend: 'age' }],
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
          title: 'Age of the oldest unfinished job by instance',
          description: 'A line that rises at the pace of time and no chunks recorded: the job is stuck.',
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
      ],
    },
  ],
});
