# The service's own lines, out of whatever they came in: a record of Workers Trace Events (Logpush), a record of
# `wrangler tail --format json`, or the line itself. The other queries take what this one gives.
#
#   jq -c -f deployments/queries/lines.jq records.ndjson > lines.ndjson

def parsed: if type == "string" then (fromjson? // empty) else . end;

if (.event | type) == "string" then .
else ((.Logs // .logs // [])[] | (.Message // .message // [])[]) | parsed
end
| select(type == "object" and (.event | type) == "string" and (.level | type) == "string")
