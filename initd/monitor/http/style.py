"""How the status page looks, in light and in dark.

The page allows no style but this one: its Content-Security-Policy names the hash. A
constant, because hashlib would load OpenSSL; a test says what it has to be.
"""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --text: #1b2028; --dim: #59616e;
  --line: #dfe3e8; --good: #11693a; --good-bg: #e3f4ea; --bad: #a61b1b; --bad-bg: #fdeaea;
  --warn: #7a4a00; --warn-bg: #fdf1d8; --link: #0b57b0; }
@media (prefers-color-scheme: dark) { :root { --page: #14171c; --card: #1c2027; --text: #e4e8ee;
  --dim: #9aa4b2; --line: #2f3640; --good: #6fd79b; --good-bg: #17311f; --bad: #ff9c94;
  --bad-bg: #3d1b1b; --warn: #f2c46d; --warn-bg: #38290c; --link: #7fb6ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1.5rem 1rem; background: var(--page);
  color: var(--text); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center; }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 0 0 .5rem; font-size: 1.05rem; }
header p { margin: 0; color: var(--dim); }
section { margin-top: 1.25rem; padding: 1rem 1.1rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .6rem; }
.mark { padding: .05rem .6rem; border-radius: 1rem; font-weight: 600; white-space: nowrap; }
.good { color: var(--good); background: var(--good-bg); }
.bad { color: var(--bad); background: var(--bad-bg); }
.warn { color: var(--warn); background: var(--warn-bg); }
.verdicts { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr));
  gap: .75rem; margin: 1.25rem 0 0; padding: 0; list-style: none; }
.verdicts li { padding: .8rem 1rem; background: var(--card); border: 1px solid var(--line);
  border-top: .3rem solid var(--good); border-radius: .6rem; }
.verdicts li.no { border-top-color: var(--bad); }
.verdicts h2 { display: flex; justify-content: space-between; gap: .5rem; margin: 0; }
.verdicts p { margin: .35rem 0 0; color: var(--dim); font-size: .9rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.25rem; margin: 0; }
dt, th { color: var(--dim); font-weight: 500; }
dd { margin: 0; overflow-wrap: anywhere; }
code, .mono, .number { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: .88rem; }
.at { flex-basis: 100%; font-size: .9rem; }
meter { vertical-align: middle; width: 8rem; max-width: 100%; }
.lives { margin: 0; padding: 0; list-style: none; }
.lives li { position: relative; padding: .2rem 0 .2rem 1.25rem; border-left: 2px solid var(--line);
  margin-left: .4rem; overflow-wrap: anywhere; }
.lives li::before { content: ""; position: absolute; left: -.4rem; top: .75rem; width: .65rem;
  height: .65rem; border-radius: 50%; background: var(--dim); }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-size: .85rem; }
th, td { padding: .35rem .9rem .35rem 0; vertical-align: top;
  border-bottom: 1px solid var(--line); }
tr:last-child td { border-bottom: 0; }
td { overflow-wrap: break-word; }
.long { overflow-wrap: anywhere; }
.long div { min-width: 14rem; }
.when div { min-width: 11rem; }
td:first-child, .number, .time { white-space: nowrap; }
.number { text-align: right; }
.none, footer { color: var(--dim); }
.none { margin: 0; }
.d1 { padding-left: 1.25rem; }
.d2 { padding-left: 2.5rem; }
.d3 { padding-left: 3.75rem; }
.d4 { padding-left: 5rem; }
.d5 { padding-left: 6.25rem; }
.d6 { padding-left: 7.5rem; }
.d7 { padding-left: 8.75rem; }
.d8 { padding-left: 10rem; }
footer { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin-top: 1.25rem;
  font-size: .9rem; }
footer p { margin: 0; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
@media (max-width: 45rem) { body { padding: 1rem .6rem; } section { padding: .8rem; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, td { display: block; }
  tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
  tr:last-child { border-bottom: 0; }
  td, td:first-child, .number { display: grid; grid-template-columns: 6rem minmax(0, 1fr);
    gap: .6rem; padding: .1rem 0; border: 0; white-space: normal; text-align: left;
    overflow-wrap: anywhere; }
  td::before { content: attr(data-column); color: var(--dim);
    font: .85rem system-ui, sans-serif; }
  td div, .long div, .when div { min-width: 0; }
  td:has(> div:empty) { display: none; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; } dd { margin: 0 0 .4rem; } }
@media (min-width: 50rem) { dl { grid-template-columns: max-content 1fr max-content 1fr; }
  dd:first-of-type { grid-column: 2 / -1; } }
"""

#: SHA-256 of STYLE, in base64.
STYLE_HASH = "9kx/vzcLtSZm3fxMgkgrt4UyT1xx4ZBgdLha0xrre2A="
