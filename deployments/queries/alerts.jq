# What should wake somebody, from the lines of one window (an hour, say). An object for each rule that fires, nothing where
# all is well; docs/operations.md says what to do about each. Thresholds are numbers to change in a copy.
#
#   jq -cs -f deployments/queries/alerts.jq lines.ndjson

def count(condition): map(select(condition)) | length;
def exchanges: map(select(.event == "exchange"));
def refused(kinds): exchanges | count(.refusal.kind as $kind | kinds | index($kind));
def alert($rule; $severity; $count; $threshold):
  if $count >= $threshold then { rule: $rule, severity: $severity, count: $count, threshold: $threshold } else empty end;

(exchanges | length) as $exchanges
| [
    # A setting, the key or the webhook is wrong, and the service knows it: docs/health.md.
    alert("health-failing"; "page"; count(.event == "health" and .state == "failing"); 1),
    alert("misconfigured"; "page"; count(.event == "misconfigured") + refused(["misconfigured"]); 1),
    alert("app-credentials-rejected"; "page"; count(.event == "app_credentials_rejected"); 1),
    # GitHub, or an issuer, is down: at least ten exchanges, and one in twenty.
    alert("unavailable"; "page"; refused(["unavailable", "upstream_error", "upstream_timeout"]);
      [10, $exchanges / 20] | max),
    alert("internal-error"; "page"; refused(["internal_error"]) + count(.event == "bug"); 1),
    # GitHub limits the App: a pool of Apps (docs/configuration.md, "Several Apps"), or a workflow in a loop.
    alert("rate-limited"; "ticket"; refused(["rate_limited"]); 10),
    # Somebody tries what nobody may.
    alert("many-refusals"; "ticket"; exchanges | count(.outcome == "refused" and .proven); [50, $exchanges / 2] | max),
    alert("issuer-list-broken"; "ticket"; refused(["issuer_allowlist_invalid"]); 1),
    # The record is incomplete.
    alert("events-not-delivered"; "ticket"; count(.event == "event_not_delivered"); 1),
    alert("webhook-refused"; "ticket";
      count(.event == "request" and .path == "/webhook" and (.status == 401 or .status == 403)); 10),
    alert("policies-not-validated"; "ticket"; count(.event == "policies_not_validated"); 1)
  ][]
