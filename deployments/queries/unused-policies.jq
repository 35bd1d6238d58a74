# Policies that nobody got a token by in the time that the lines cover. `policies.txt` names all there are, a line each:
# the scope (owner/repo, or owner for an organization's), a space, and the identity.
#
#   jq -rs --rawfile policies policies.txt -f deployments/queries/unused-policies.jq lines.ndjson

[.[] | select(.event == "exchange" and .outcome == "granted") | "\(.scope) \(.identity)" | ascii_downcase] as $used
| $policies | split("\n")[] | select(. != "")
| select(ascii_downcase as $policy | $used | index($policy) | not)
