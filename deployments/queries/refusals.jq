# Refusals, the most frequent first: kind, scope, identity.
#
#   jq -rs -f deployments/queries/refusals.jq lines.ndjson

map(select(.event == "exchange" and .outcome == "refused"))
| group_by([.refusal.kind, .scope // "", .identity // ""])
| sort_by(-length)
| .[]
| [length, .[0].refusal.kind, .[0].scope // "", .[0].identity // ""]
| @tsv
