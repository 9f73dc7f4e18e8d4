/** The objectives of docs/slo.md: what is left of each error budget, and how fast it is used. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { createDashboard, type DashboardRow } from './dashboard.ts';
import { createGraph, createNumber } from './panels.ts';

interface Objective {
  /** The label `slo` of the recorded series. */
  readonly slo: string;
  readonly title: string;
  readonly description: string;
}

const objectives: readonly Objective[] = [
  {
    slo: 'api-availability',
    title: 'API availability',
    description: '99.9 % of the requests to the API are answered without a status of 5xx, 503 included.',
  },
  {
    slo: 'read-latency',
    title: 'Reading latency',
    description: '99 % of the requests for lists of jobs and operations are answered within a second.',
  },
  {
    slo: 'job-completion',
    title: 'Jobs finished in time',
    description: '99 % of the jobs complete within 10 s (small), a minute (medium) or an hour (large).',
  },
];

/** Windows of the alerts: 5m with 1h and 30m with 6h are a page, 6h with 3d a ticket. */
const windows = ['5m', '30m', '1h', '6h', '3d'] as const;
/** The burn rate over an hour from which on somebody is woken. */
const fastBurn = 14.4;

function createRow({ slo, title, description }: Objective): DashboardRow {
  const selector = `{slo="${slo}"}`;
  const panels: readonly Builder<Panel>[] = [
    createGraph({
      title: `${title}: budget left`,
      description: `${description} Of the error budget of the last 30 days; below 0 the objective is missed.`,
      unit: 'percentunit',
      queries: [{ expr: `1 - mathmill:slo_burn:rate30d${selector}`, legend: '{{job}}' }],
      redBelow: 0.25,
    }),
    createGraph({
      title: `${title}: burn rate`,
      description: 'How many times faster than allowed the budget is used. At 1 it lasts for exactly 30 days.',
      unit: 'short',
      queries: windows.map((window) => ({
        expr: `mathmill:slo_burn:rate${window}${selector}`,
        legend: `${window} {{job}}`,
      })),
      redFrom: fastBurn,
    }),
    createGraph({
      title: `${title}: events`,
      description: 'All and bad ones a second.',
      unit: 'cps',
      queries: [
        { expr: `mathmill:slo_total:rate5m${selector}`, legend: 'all {{job}}' },
        { expr: `mathmill:slo_bad:rate5m${selector}`, legend: 'bad {{job}}' },
      ],
    }),
  ];
  return { title, panels };
}

export const objectivesDashboard = createDashboard({
  uid: 'mathmill-objectives',
  title: 'Mathmill: objectives',
  description: 'What is left of the error budgets of 30 days, and how fast they are used.',
  rows: [
    {
      title: 'Error budget left',
      panels: objectives.map(({ slo, title, description }) =>
        createNumber({
          title,
          description: `${description} What is left of the error budget of the last 30 days.`,
          unit: 'percentunit',
          queries: [{ expr: `1 - mathmill:slo_burn:rate30d{slo="${slo}"}`, legend: '{{job}}' }],
          redBelow: 0.25,
        }),
      ),
    },
    ...objectives.map(createRow),
  ],
});
