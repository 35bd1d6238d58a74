# The exchange that a token came from. GitHub's audit log names each token by `hashed_token`.
#
#   jq --arg hashed_token 'F1tQ…=' -f deployments/queries/which-exchange.jq lines.ndjson

select(.event == "exchange" and .hashed_token == $hashed_token)
| { time, request_id, scope, identity, issuer, subject, policy, policy_sha256, permissions, repositories, client_address }
