# Who got a token for a repository or an organization on a day (UTC), by which policy, and what it could do.
#
#   jq -r --arg scope acme/app --arg day 2026-11-24 -f deployments/queries/who-got-a-token.jq lines.ndjson

select(.event == "exchange" and .outcome == "granted")
| select((.scope | ascii_downcase) == ($scope | ascii_downcase) and (.time | startswith($day)))
| [.time, .identity, .subject, (.permissions | to_entries | map("\(.key):\(.value)") | join(" ")),
   (.repositories // ["all"] | join(" ")), .client_address // "", .request_id]
| @tsv
