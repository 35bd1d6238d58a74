# Why a request was refused. Its id is the answer's `X-Request-Id`, and `request_id` in its body.
#
#   jq --arg request_id 6f1c… -f deployments/queries/why-refused.jq lines.ndjson

select(.request_id == $request_id and .refusal != null)
| { time, scope, identity, issuer, subject, policy, proven,
    kind: .refusal.kind, detail: .refusal.detail, mismatches: (.refusal.mismatches // []) }
| with_entries(select(.value != null))
