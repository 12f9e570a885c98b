// What to do about each metric, for docs/metrics.md.
// In: nothing. Out: a sentence or two by the name of a metric.
// INVARIANT: each metric of the gateway has an entry, and no other name has one.

interface MetricGroup {
  readonly title: string
  readonly advice: Readonly<Record<string, string>>
}

export const METRIC_GROUPS: readonly MetricGroup[] = [
  {
    title: 'Calls',
    advice: {
      portcullis_calls_total:
        'If failures rise, look at the server; if `denied` or `unknown` rises, a client has an old list, or an agent tries tools that it may not use.',
      portcullis_calls_in_flight:
        'If it rises and stays, a server does not answer: compare `portcullis_server_calls_in_flight`.',
      portcullis_call_duration_seconds:
        'Compare it with `portcullis_upstream_duration_seconds`: the difference is the time of the gateway and of slow clients.',
      portcullis_upstream_duration_seconds:
        'If it rises, the server is slow, or too many calls wait in its queue.',
      portcullis_upstream_failures_total:
        'A 401 or 403 means that the credentials of the gateway are wrong, a 429 that the server limits the gateway, a 5xx that the server has a fault.',
      portcullis_refusals_total:
        'Reasons about tokens: a client has an old token, or somebody tries tokens. `limited`: see `portcullis_limit_calls_total`.',
      portcullis_call_request_bytes_total:
        'If it rises much faster than the calls, an agent sends large arguments; `caps.request` bounds one request.',
      portcullis_call_response_bytes_total:
        'If it rises much faster than the calls, a server sends large answers; `caps.message` bounds one message.',
    },
  },
  {
    title: 'Limits',
    advice: {
      portcullis_limit_calls_total:
        'If `refused` rises, an agent calls in a loop, or the limit is too small: `gateway audit query --top session` shows which conversation. `warned` is what a limit with `mode: warn` would refuse.',
      portcullis_limit_fill_ratio:
        'Near 1 somebody is about to be refused; `gateway status` names the bucket.',
    },
  },
  {
    title: 'Servers',
    advice: {
      portcullis_server_up:
        'It is 0 for a server that nobody has called yet, too; for an alert, use `portcullis_server_state`.',
      portcullis_server_state:
        '`down`, `unauthorized` and `failing` need somebody to act: `gateway status` prints the reason.',
      portcullis_server_accounts:
        'If `ended` rises, people must sign in again; if it rises for all of one server, that server has revoked the gateway.',
      portcullis_server_sessions:
        'At `maxSessions` of the server, sessions without a call are closed to make room; if there is none, the call is refused. Raise it, or shorten `idle`.',
      portcullis_server_calls_in_flight:
        'At `concurrency` of the server, further calls wait in its queue.',
      portcullis_server_calls_queued:
        'If it rises, the server is slow, or `concurrency` is too small. Above `queue` calls are refused.',
      portcullis_server_reconnects_total:
        'If it rises steadily, the server ends its connections or its program crashes: see the log.',
      portcullis_server_strays_total:
        'If it rises steadily, the server has a fault: it answers twice, or after a cancellation. Calls are not affected.',
    },
  },
  {
    title: 'Config',
    advice: {
      portcullis_build_info: 'Shows which version runs on which host.',
      portcullis_ready:
        'At 0 a load balancer sends no calls: the gateway starts, or stops.',
      portcullis_table_info:
        'Two replicas with different digests serve different configs.',
      portcullis_rejected_table_info:
        'If it is there, the last change is not in effect.',
      portcullis_config_stale:
        'At 1 the last change is not in effect: run `gateway check` on the host.',
      portcullis_reloads_total:
        'If `rejected` rises, see `portcullis_config_stale`.',
      portcullis_reload_timestamp_seconds:
        'Compare it with the time of a deploy, to see that the change is in effect.',
    },
  },
  {
    title: 'Sessions and tokens',
    advice: {
      portcullis_sessions:
        'If it rises without end, a client opens sessions and does not close them; they end by themselves when they are idle.',
      portcullis_streams:
        'Compare it with `caps.streams` for each token, and `caps.connections` for all.',
      portcullis_tokens:
        'If `expiring` is above 0, issue new tokens: `gateway token list --expiring 14d`.',
      portcullis_break_glass_requests_total:
        'If it rises, somebody uses a token for emergencies: ask who and why; the audit names the token.',
      portcullis_login_keys:
        'At 0 after people have come in, the provider publishes no keys that can be used.',
      portcullis_login_keys_age_seconds:
        'If it rises without end, the provider cannot be asked: see `portcullis_login_failing`.',
      portcullis_login_failing:
        'At 1 the provider cannot be reached. Its last keys hold for a day; a token that the gateway must ask about gets 503. `gateway status` prints why.',
    },
  },
  {
    title: 'Audit',
    advice: {
      portcullis_audit_records_total:
        'If it stops while calls end, records are not written: see the next metrics.',
      portcullis_audit_position:
        'If it falls, the trail was cut or replaced: run `gateway audit verify`.',
      portcullis_audit_write_failures_total:
        'If it rises, records cannot be written, and calls are refused: free some space.',
      portcullis_audit_failing:
        'At 1, free some space, or use a larger disk, before calls are refused.',
      portcullis_audit_lag_seconds:
        'If it rises, the disk is slow; answers wait for it. `audit.fsync` makes it larger.',
    },
  },
  {
    title: 'Certificate',
    advice: {
      portcullis_certificate_expiry_timestamp_seconds:
        'If it comes near, renew the files; no restart is needed. It is there only with `listen.tls`.',
      portcullis_certificate_stale:
        'At 1 the new files have a fault: the log and `gateway status` contain it.',
    },
  },
  {
    title: 'Traces',
    advice: {
      portcullis_trace_spans_total:
        'If `dropped` rises, the collector is too slow or cannot be reached. Calls are not affected.',
      portcullis_trace_export_failures_total:
        'If it rises, the collector cannot be reached or refuses the spans: see the log.',
    },
  },
]
