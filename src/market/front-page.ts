/** What a person sees who opens the market's address in a browser: what this is and what to do here. */
export function frontPage(host: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>coinop market</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem; }
  code { font-size: 0.95em; overflow-wrap: anywhere; }
  pre { white-space: pre-wrap; }
  mark { padding: 0.1em 0.5em; border-radius: 0.3em; background: #ffd54a; color: #3a2c00; }
</style>
</head>
<body>
<h1>coinop market</h1>
<p><mark>play money</mark> This market runs on one machine. Its coins are real Lightning payments on a private
test network and are worth nothing outside.</p>
<p>Relay: <code>ws://${host}/</code></p>
<h2>Buy something</h2>
<pre><code>npx coinop buy 5001 http://${host}/sample/vending-machines.pdf --max 50</code></pre>
<h2>Sell something</h2>
<pre><code>npx coinop serve --kind 5050 --price 5 --exec "tr a-z A-Z"</code></pre>
</body>
</html>
`;
}
