import { cssOf, darkTheme, lightTheme } from "../plots/theme.ts";

/** The style sheet of a report: one column of text, light or dark as the reader's system is, and fit for print. */
export const style = `
:root{color-scheme:light dark;${cssOf(lightTheme)}--note:#fff7e0;--note-edge:#b58100;--mark:#fdeecb;--panel:#f6f7f8;
--sans:system-ui,-apple-system,"Segoe UI","Helvetica Neue",Arial,sans-serif;
--serif:Charter,"Bitstream Charter","Sitka Text",Cambria,"Liberation Serif",Georgia,serif;
--mono:ui-monospace,"SFMono-Regular",Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{${cssOf(darkTheme)}--note:#2b2410;--note-edge:#d3a233;--mark:#3d3112;--panel:#1c2026}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--surface);color:var(--ink);font:1.0625rem/1.55 var(--serif);
font-variant-numeric:lining-nums;text-rendering:optimizeLegibility}
main,header,footer{max-width:56rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:3rem}
h1{font:600 clamp(1.6rem,1.2rem + 1.9vw,2.3rem)/1.2 var(--serif);margin:0 0 .4rem;text-wrap:balance;letter-spacing:-.01em}
h2{font:600 1.3rem/1.3 var(--serif);margin:3rem 0 .6rem}
h3{font:600 .95rem/1.4 var(--sans);margin:1.6rem 0 .3rem}
p,li{max-width:42rem;text-wrap:pretty;hyphens:manual}
.meta{font:.875rem/1.5 var(--sans);color:var(--muted);margin:0 0 1.6rem;max-width:none}
.meta span{white-space:nowrap}
.verdict{font-size:1.125rem;max-width:46rem}
.findings{padding-left:1.1rem;margin:.6rem 0 0}
.findings li{margin:.3rem 0;max-width:46rem}
.findings b{font-weight:600}
.note{font:.9375rem/1.5 var(--sans);background:var(--note);border-left:4px solid var(--note-edge);padding:.7rem 1rem;
margin:1rem 0;border-radius:0 4px 4px 0}
.note p,.note ul{margin:.2rem 0;max-width:none}
.note ul{padding-left:1.1rem}
figure{margin:1.6rem 0 2.2rem}
figcaption,caption{font:.875rem/1.5 var(--sans);color:var(--muted);text-align:left}
figcaption{margin-top:.6rem;max-width:46rem}
figcaption b,caption b{color:var(--ink);font-weight:600}
caption{caption-side:top;padding:0 0 .5rem}
caption>span{display:block;position:sticky;left:0;max-width:min(46rem,100vw - 2.5rem)}
.panels{display:flex;flex-wrap:wrap;gap:1.5rem 2rem}
.panel{flex:1 1 20rem;max-width:27rem;min-width:0}
.panel h3,.strip h3{margin:0 0 .6rem}
.strip+.strip{margin-top:1.4rem}
.plot{display:block;width:100%;height:auto;font-family:var(--sans);overflow:visible}
.legend{display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;list-style:none;margin:0 0 .9rem;padding:0;font:.8125rem/1.5 var(--sans)}
.narrow,.legend.narrow{display:none}
.swatch{display:inline-block;width:.8em;height:.8em;margin-right:.4em;border-radius:2px;vertical-align:-.06em}
.legend svg{width:.8em;height:.8em;margin-right:.4em;vertical-align:-.06em}
.scroll{overflow-x:auto;margin:1rem 0 1.8rem}
.scroll:focus-visible{outline:2px solid var(--vm);outline-offset:3px}
table{border-collapse:collapse;font:.875rem/1.4 var(--sans);font-variant-numeric:tabular-nums lining-nums;width:100%}
thead th{border-top:2px solid var(--ink);border-bottom:1px solid var(--ink);vertical-align:bottom;font-weight:600}
tbody:last-child tr:last-child>*{border-bottom:2px solid var(--ink)}
th,td{padding:.35rem .9rem .35rem 0;text-align:left;vertical-align:top;font-weight:400}
th:last-child,td:last-child{padding-right:0}
.number{text-align:right}
td.number,.short{white-space:nowrap}
tbody th[scope=row]{white-space:nowrap}
.facts tbody th[scope=row]{white-space:normal}
.group th{font-weight:600;padding-top:.9rem;border-bottom:1px solid var(--grid)}
tbody tr+tr>*{border-top:1px solid var(--grid)}
.reason{color:var(--muted);font:.8125rem/1.4 var(--sans)}
.verdicts{min-width:5.5rem}
tbody .why td{border-top:0;padding-top:0;color:var(--muted);font-size:.8125rem}
.slower,.faster{font-weight:600}
.facts td{overflow-wrap:anywhere;min-width:8rem}
.facts td span[title]{white-space:nowrap;font-size:.75rem;letter-spacing:-.01em}
.facts th[scope=row]{min-width:8.5rem;color:var(--muted)}
.facts mark{background:var(--mark);color:inherit;padding:.05em .25em;margin-left:-.25em;border-radius:3px;
-webkit-box-decoration-break:clone;box-decoration-break:clone}
.published .quoted th{padding-top:1rem;font-family:var(--serif);font-size:.9375rem;max-width:42rem}
.published tbody th[scope=row]{white-space:normal;padding-left:1rem}
.published .why td{padding-left:1rem}
.published .why li{max-width:none}
.published sup{color:var(--muted);line-height:1;white-space:nowrap}
.agrees,.disagrees{font-weight:600}
.disagrees{text-decoration:underline;text-underline-offset:.2em}
.letters{grid-template-columns:max-content 1fr;gap:.25rem 1.2rem}
.letters dd{max-width:46rem}
code,pre{font-family:var(--mono);font-size:.85em}
pre{background:var(--panel);padding:.8rem 1rem;border-radius:4px;overflow-x:auto;line-height:1.5;max-width:none;font-size:.8125rem}
pre.log{white-space:pre-wrap}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.2rem;font:.875rem/1.5 var(--sans);margin:1rem 0}
dt{color:var(--muted)}
dd{margin:0;overflow-wrap:anywhere}
footer{font:.8125rem/1.5 var(--sans);color:var(--muted);padding-top:2rem;padding-bottom:3rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (max-width:46rem){header{padding-top:1.6rem}body{font-size:1rem}.verdict{font-size:1.0625rem}
.wide{display:none}.narrow{display:block}.legend.narrow{display:flex}main,header,footer{padding-left:1rem;padding-right:1rem}
tbody th[scope=row]{white-space:normal;min-width:7.5rem;position:sticky;left:0;background:var(--surface)}
dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}
@media print{@page{margin:18mm 16mm}:root{color-scheme:light;${cssOf(lightTheme)}--note:#fff;--mark:#eee;--panel:#fff}
body{font-size:10pt}main,header,footer{max-width:none;padding-left:0;padding-right:0}header{padding-top:0}
h2{margin-top:1.6rem;break-after:avoid}h3,caption{break-after:avoid}figure,tr,.note,.strip,.panel{break-inside:avoid}
.scroll{overflow:visible}.panels{flex-wrap:nowrap}pre{border:1px solid var(--grid);white-space:pre-wrap}
.wide{display:block}.narrow,.legend.narrow{display:none}table{font-size:8pt}.facts td{min-width:0}}
`.trim();
