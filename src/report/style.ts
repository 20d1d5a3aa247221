/**
 * The one stylesheet of every report. Colours are the Okabe–Ito hues (Okabe & Ito 2008); where one of them is too
 * pale for a mark on white it is darkened, and the dark scheme takes the pale ones.
 * @module
 */

/** `--a`…`--f` are the series colours; each keeps 3:1 against `--paper`, and text colours keep 4.5:1 (WCAG 2.2 AA). */
export const SCHEMES = {
  light: {
    paper: "#ffffff",
    wash: "#f3f5f7",
    ink: "#1b1f24",
    soft: "#57606a",
    line: "#c9d1d9",
    link: "#005a8e",
    a: "#0072b2",
    b: "#d55e00",
    c: "#00835f",
    d: "#ad4f86",
    e: "#9a6a00",
    f: "#24292f",
  },
  dark: {
    paper: "#14181d",
    wash: "#1e242b",
    ink: "#e8eaed",
    soft: "#a8b1bb",
    line: "#3d4650",
    link: "#7cc4f0",
    a: "#56b4e9",
    b: "#f0803c",
    c: "#2ec49b",
    d: "#de93bd",
    e: "#f0e442",
    f: "#f2f4f6",
  },
} as const;

const variables = (scheme: Record<string, string>) =>
  Object.entries(scheme)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(";");

export const STYLESHEET = `
:root{color-scheme:light dark;${variables(SCHEMES.light)}}
@media screen and (prefers-color-scheme:dark){:root{${variables(SCHEMES.dark)}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
.page{max-width:72rem;margin:0 auto;padding:1.5rem 1rem 4rem}
main{max-width:46rem;min-width:0}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .25rem;text-wrap:balance}
h2{font-size:1.3rem;line-height:1.25;margin:3rem 0 .75rem;padding-top:1rem;border-top:1px solid var(--line)}
main>section:first-child h2{margin-top:1rem}
h3{font-size:1.05rem;line-height:1.35;margin:0 0 .5rem;text-wrap:balance}
p,ul,ol{margin:0 0 .75rem}
li{margin:.15rem 0}
main ul{padding-left:1.25rem}
a{color:var(--link);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--a);outline-offset:2px}
.sub,.note,figcaption{color:var(--soft)}
.sub{margin-bottom:1.25rem}
.note,figcaption,.small{font-size:.875rem}
.lead{font-size:1.125rem;line-height:1.5;padding:1rem 1.25rem;background:var(--wash);border-left:4px solid var(--a);border-radius:0 6px 6px 0;margin:0 0 1.5rem}
.lead p:last-child,.aside p:last-child{margin:0}
.aside{padding:.75rem 1rem;background:var(--wash);border-radius:6px;margin:0 0 1rem}
nav{font-size:.9rem;margin:0 0 1rem}
nav strong{display:block;margin-bottom:.25rem}
nav ol{list-style:none;margin:0;padding:0;columns:2;column-gap:1.5rem}
nav li{break-inside:avoid;margin:0}
nav a{display:block;padding:.25rem 0}
figure{margin:1.5rem 0 2.5rem;break-inside:avoid}
figcaption{margin:.5rem 0}
.chart svg{display:block;width:100%;height:auto;overflow:visible}
.chart svg text{white-space:pre}
.chart.narrow{display:none}
.key.key{list-style:none;display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;margin:.25rem 0 .5rem;padding:0;font-size:.875rem}
.key li{display:flex;align-items:center;gap:.4rem;margin:0;min-width:0;overflow-wrap:anywhere}
.key svg{flex:none;width:18px;height:14px}
details{margin:.5rem 0}
summary{cursor:pointer;font-size:.875rem;color:var(--link);padding:.35rem 0}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums;margin:.25rem 0}
th,td{padding:.3rem .9rem .3rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
th{font-weight:600}
td.n,th.n{text-align:right;white-space:nowrap}
th[scope=row]{font-weight:400;min-width:8rem;overflow-wrap:anywhere}
td:not(.n){min-width:7rem}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,"Liberation Mono",monospace;font-size:.875em}
code{overflow-wrap:anywhere}
pre{background:var(--wash);padding:.75rem;border-radius:6px;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;font-size:.9rem;margin:0 0 1rem}
.facts dt{color:var(--soft)}
.facts dd{margin:0;min-width:0;overflow-wrap:anywhere}
.example{border:1px solid var(--line);border-radius:6px;padding:.25rem .85rem;margin:.5rem 0}
.example>summary{color:var(--ink);overflow-wrap:anywhere}
.example>summary .note{display:block}
.turn{white-space:pre-wrap;overflow-wrap:anywhere;margin:.25rem 0 .75rem;padding:.5rem .75rem;background:var(--wash);border-radius:6px;font-size:.9rem}
.who{font-size:.8rem;font-weight:600;color:var(--soft);margin:.75rem 0 0}
.more{font-size:.9rem;margin:.35rem 0;columns:2 20rem;column-gap:2rem}
.more li{break-inside:avoid}
footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);font-size:.85rem}
@media (min-width:75rem){
.page{display:grid;grid-template-columns:14rem minmax(0,46rem);gap:0 4rem}
header,main{grid-column:2}
nav{grid-column:1;grid-row:1/span 2;position:sticky;top:1.5rem;align-self:start;max-height:calc(100vh - 3rem);overflow-y:auto}
nav ol{columns:1}
}
@media screen and (max-width:40rem){
.chart.wide{display:none}
.chart.narrow{display:block}
.page{padding:1rem .75rem 3rem}
h1{font-size:1.45rem}
nav ol{columns:1}
.lead{font-size:1.05rem;padding:.85rem 1rem}
.facts{grid-template-columns:1fr;gap:0}
.facts dd{margin-bottom:.5rem}
}
@media print{
@page{size:A4;margin:15mm}
:root{color-scheme:light}
body{font-size:10pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}
.page{display:block;max-width:none;padding:0}
main{max-width:none}
nav,details:not([open]){display:none}
h2,h3{break-after:avoid}
h2{margin-top:1.5rem}
.lead,.example,tr{break-inside:avoid}
.chart svg{width:auto;max-width:100%;max-height:185mm}
main>section:first-child h2{margin-top:.5rem}
a{color:inherit;text-decoration:none}
}
`.trim();
