// The panels of the dashboard for Grafana: what each asks Prometheus.
// In: nothing. Out: rows of panels.
// INVARIANT: a panel has one question, and each of its expressions names only
// metrics of docs/metrics.md; test/cli/site.ts checks that.

export interface PanelPlan {
  readonly title: string
  readonly description: string
  readonly kind: 'stat' | 'timeseries' | 'table'
  /** As Grafana names units. */
  readonly unit: string
  /** Expression → legend. */
  readonly queries: Readonly<Record<string, string>>
  /** From here on, the value is red. */
  readonly alarm?: number
}

export interface RowPlan {
  readonly title: string
  readonly panels: readonly PanelPlan[]
}

/** What the variables of the dashboard select. */
export const ON = 'job=~"$job",instance=~"$instance"'
const RATE = '[$__rate_interval]'

/** A quantile of a histogram, by server. */
function quantile(q: number, name: string, by: string): string {
  return `histogram_quantile(${q}, sum by (${by}le) (rate(${name}_bucket{${ON}}${RATE})))`
}

function line(
  title: string,
  description: string,
  unit: string,
  queries: PanelPlan['queries'],
): PanelPlan {
  return { title, description, kind: 'timeseries', unit, queries }
}

function stat(
  title: string,
  description: string,
  unit: string,
  expression: string,
  alarm?: number,
): PanelPlan {
  const queries = { [expression]: '' }
  const plan = { title, description, kind: 'stat', unit, queries } as const
  return alarm === undefined ? plan : { ...plan, alarm }
}

const NOW: RowPlan = {
  title: 'Now',
  panels: [
    stat(
      'Ready',
      'How many gateways take calls.',
      'none',
      `sum(portcullis_ready{${ON}})`,
    ),
    stat(
      'Calls',
      'Calls that ended, refusals included.',
      'reqps',
      `sum(rate(portcullis_calls_total{${ON}}${RATE}))`,
    ),
    stat(
      'Failed',
      'Share of calls that a server failed.',
      'percentunit',
      `sum(rate(portcullis_calls_total{${ON},outcome=~"upstream_error|timeout|protocol_error"}${RATE})) / sum(rate(portcullis_calls_total{${ON}}${RATE}))`,
      0.05,
    ),
    stat(
      'Servers that need somebody',
      'Down, unauthorized, or with an open breaker.',
      'none',
      `sum(portcullis_server_state{${ON},state=~"down|unauthorized|failing"}) or vector(0)`,
      1,
    ),
    stat(
      'Config rejected',
      'An older config is served.',
      'none',
      `sum(portcullis_config_stale{${ON}})`,
      1,
    ),
    stat(
      'Audit failing',
      'No record can be written, or soon none.',
      'none',
      `sum(portcullis_audit_failing{${ON}})`,
      1,
    ),
  ],
}

const CALLS: RowPlan = {
  title: 'Calls',
  panels: [
    line('Calls by outcome', 'Refusals are outcomes too.', 'reqps', {
      [`sum by (outcome) (rate(portcullis_calls_total{${ON}}${RATE}))`]:
        '{{outcome}}',
    }),
    line('Calls by server', 'Calls that reached a decision.', 'reqps', {
      [`sum by (server) (rate(portcullis_calls_total{${ON},server!=""}${RATE}))`]:
        '{{server}}',
    }),
    line(
      'Duration of calls',
      'From the head of a request to the last byte of its answer.',
      's',
      {
        [quantile(0.5, 'portcullis_call_duration_seconds', '')]: 'median',
        [quantile(0.95, 'portcullis_call_duration_seconds', '')]: '95 %',
        [quantile(0.99, 'portcullis_call_duration_seconds', '')]: '99 %',
      },
    ),
    line('Time of servers, 95 %', 'With the time in their queues.', 's', {
      [quantile(0.95, 'portcullis_upstream_duration_seconds', 'server, ')]:
        '{{server}}',
    }),
    line('Bytes', 'Messages of calls, and their answers.', 'Bps', {
      [`sum(rate(portcullis_call_request_bytes_total{${ON}}${RATE}))`]:
        'requests',
      [`sum(rate(portcullis_call_response_bytes_total{${ON}}${RATE}))`]:
        'answers',
    }),
    line('Tools that are called most', 'The ten first.', 'reqps', {
      [`topk(10, sum by (server, tool) (rate(portcullis_calls_total{${ON},server!=""}${RATE})))`]:
        '{{server}}/{{tool}}',
    }),
  ],
}

const SERVERS: RowPlan = {
  title: 'Servers',
  panels: [
    {
      title: 'States',
      description: 'One row for each server.',
      kind: 'table',
      unit: 'none',
      queries: { [`portcullis_server_state{${ON}}`]: '' },
    },
    line(
      'In-flight and queued calls',
      'At `concurrency`, calls wait.',
      'none',
      {
        [`sum by (server) (portcullis_server_calls_in_flight{${ON}})`]:
          '{{server}} in flight',
        [`sum by (server) (portcullis_server_calls_queued{${ON}})`]:
          '{{server}} queued',
      },
    ),
    line(
      'Failures by HTTP status',
      'Answers of servers that were no answers to a call.',
      'reqps',
      {
        [`sum by (server, status) (rate(portcullis_upstream_failures_total{${ON}}${RATE}))`]:
          '{{server}} {{status}}',
      },
    ),
    line('New connections', 'After a server was lost.', 'none', {
      [`sum by (server) (increase(portcullis_server_reconnects_total{${ON}}${RATE}))`]:
        '{{server}}',
    }),
  ],
}

const ACCESS: RowPlan = {
  title: 'Access',
  panels: [
    line('Refusals by reason', 'Also without a good token.', 'reqps', {
      [`sum by (reason) (rate(portcullis_refusals_total{${ON}}${RATE}))`]:
        '{{reason}}',
    }),
    line('Refusals by limit', 'Warned: a limit that only warns.', 'reqps', {
      [`sum by (limit, verdict) (rate(portcullis_limit_calls_total{${ON},verdict!="admitted"}${RATE}))`]:
        '{{limit}} {{verdict}}',
    }),
    line(
      'Fullest bucket of each limit',
      'At 100 % the next call is refused.',
      'percentunit',
      {
        [`max by (limit) (portcullis_limit_fill_ratio{${ON}})`]: '{{limit}}',
      },
    ),
    line('Tokens', 'Token records by state.', 'none', {
      [`max by (state) (portcullis_tokens{${ON}})`]: '{{state}}',
    }),
    line('Sessions and streams', 'Of clients.', 'none', {
      [`sum(portcullis_sessions{${ON}})`]: 'sessions',
      [`sum(portcullis_streams{${ON}})`]: 'streams',
    }),
    line('Accounts at servers', 'Ended: somebody must sign in again.', 'none', {
      [`sum by (server, state) (portcullis_server_accounts{${ON}})`]:
        '{{server}} {{state}}',
    }),
  ],
}

const HOST: RowPlan = {
  title: 'Audit and process',
  panels: [
    line('Audit records', 'Written, and writes that failed.', 'none', {
      [`sum(rate(portcullis_audit_records_total{${ON}}${RATE}))`]:
        'records a second',
      [`sum(increase(portcullis_audit_write_failures_total{${ON}}${RATE}))`]:
        'failed writes',
    }),
    line('Audit lag, 99 %', 'From a record to the return of its write.', 's', {
      [quantile(0.99, 'portcullis_audit_lag_seconds', '')]: '99 %',
    }),
    line('Memory', 'Of the process.', 'bytes', {
      [`process_resident_memory_bytes{${ON}}`]: '{{instance}}',
      [`nodejs_heap_size_used_bytes{${ON}}`]: '{{instance}} heap',
    }),
    line('CPU', 'Share of one core.', 'percentunit', {
      [`rate(process_cpu_seconds_total{${ON}}${RATE})`]: '{{instance}}',
    }),
    line('Event loop lag, 99 %', 'Above 250 ms the gateway is slow.', 's', {
      [`nodejs_eventloop_lag_p99_seconds{${ON}}`]: '{{instance}}',
    }),
    line(
      'Days until the certificate ends',
      'Only with TLS by the gateway.',
      'd',
      {
        [`(portcullis_certificate_expiry_timestamp_seconds{${ON}} - time()) / 86400`]:
          '{{use}}',
      },
    ),
  ],
}

export const ROWS: readonly RowPlan[] = [NOW, CALLS, SERVERS, ACCESS, HOST]
