/** The page around a report: one HTML file that loads nothing and runs nothing. */
import { Html, html } from './html.ts';
import { styleSheet } from './style.ts';

export function shell({ title, head, main, footer }: { readonly title: string; readonly head: Html; readonly main: Html; readonly footer: string }): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${new Html(styleSheet())}</style>
</head>
<body>
<header><h1>${title}</h1>${head}</header>
<main>
${main}
</main>
<footer>${footer}</footer>
</body>
</html>
`.source;
}
