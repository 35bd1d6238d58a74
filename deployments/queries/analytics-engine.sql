-- For the SQL API of Analytics Engine, where EXCHANGE_METRICS is bound to the dataset octo_sts_exchanges. What each column
-- means: docs/audit.md. One statement a request:
--   curl "https://api.cloudflare.com/client/v4/accounts/$ACCOUNT_ID/analytics_engine/sql" \
--     -H "Authorization: Bearer $API_TOKEN" --data "SELECT …"

-- Grants and refusals, an hour a row.
SELECT toStartOfInterval(timestamp, INTERVAL '1' HOUR) AS hour, blob1 AS outcome, SUM(_sample_interval) AS attempts
FROM octo_sts_exchanges
WHERE timestamp > NOW() - INTERVAL '1' DAY
GROUP BY hour, outcome
ORDER BY hour;

-- Why exchanges are refused.
SELECT blob2 AS refusal, blob3 AS scope, blob4 AS identity, SUM(_sample_interval) AS attempts
FROM octo_sts_exchanges
WHERE timestamp > NOW() - INTERVAL '1' DAY AND blob1 = 'refused'
GROUP BY refusal, scope, identity
ORDER BY attempts DESC
LIMIT 50;

-- Policies by use: what is not here has not been used for 30 days.
SELECT blob3 AS scope, blob4 AS identity, SUM(_sample_interval) AS grants
FROM octo_sts_exchanges
WHERE timestamp > NOW() - INTERVAL '30' DAY AND blob1 = 'granted'
GROUP BY scope, identity
ORDER BY grants;

-- How long an exchange waits, and how many GitHub requests it makes.
SELECT quantileExactWeighted(0.5)(double1, _sample_interval) AS p50_ms,
       quantileExactWeighted(0.99)(double1, _sample_interval) AS p99_ms,
       SUM(double2 * _sample_interval) / SUM(_sample_interval) AS github_requests
FROM octo_sts_exchanges
WHERE timestamp > NOW() - INTERVAL '1' DAY AND blob1 = 'granted';
