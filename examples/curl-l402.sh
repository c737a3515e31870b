#!/bin/sh
# Buys a summary with curl: order, pay, show the payment. GATEWAY names the gateway, MAX_SATS what it may cost.
set -eu
gateway=${GATEWAY:-http://127.0.0.1:8402}
max=${MAX_SATS:-50}
order='{"inputs": ["They sell day and night. They take coins. They ask no questions."], "max_sats": '"$max"'}'

quote=$(curl -s "$gateway/v1/jobs/5001" -d "$order")
field() { printf %s "$quote" | node -p 'JSON.parse(require("fs").readFileSync(0, "utf8"))[process.argv[1]] ?? ""' "$1"; }
[ -n "$(field invoice)" ] || { field message >&2; exit 1; }

preimage=$(npx coinop wallet pay "$(field invoice)" --max "$max")
curl -s "$gateway/v1/jobs/5001" -d "$order" -H "Authorization: L402 $(field macaroon):$preimage"
