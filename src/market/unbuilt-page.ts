/** What a person sees who opens the market's address where the web app was not built. */
export const UNBUILT_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>coinop market</title>
</head>
<body>
<h1>coinop market</h1>
<p>The market runs, with play money that is worth nothing outside. Its web app is not built in this checkout.</p>
<p>Build it, then start the market again:</p>
<pre><code>npm run build</code></pre>
</body>
</html>
`;
