// The look of the pages: one column, the fonts of the system, light and dark.
// In: nothing. Out: the style sheet, and its hash for the policy.
// INVARIANT: it loads nothing; every colour on its ground has a contrast of 4.5.

import { hash } from 'node:crypto'

export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --card: #ffffff; --line: #d5d9e0; --edge: #79828f;
  --text: #1b2129; --soft: #525c69; --link: #1c57b0;
  --act: #1c57b0; --on-act: #ffffff;
  --good: #14663a; --warn: #8a4b00; --bad: #a3262c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161c; --card: #1a2029; --line: #343d4a; --edge: #7d8896;
    --text: #e7ebf0; --soft: #a8b2bf; --link: #8fb8f5;
    --act: #8fb8f5; --on-act: #0d1b30;
    --good: #79d3a0; --warn: #f0b565; --bad: #ff9d98;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  overflow-wrap: anywhere;
}
header, main { max-width: 40rem; margin: 0 auto; padding: 0 1rem; }
header {
  display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center;
  justify-content: space-between; padding-top: 1.25rem; min-height: 4rem;
  color: var(--soft); font-size: .9375rem;
}
header b { color: var(--text); letter-spacing: .01em; }
header form { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center; }
main { padding-bottom: 3rem; }
h1 { font-size: 1.625rem; line-height: 1.25; margin: 1.5rem 0 .5rem; letter-spacing: -.01em; }
h2 { font-size: 1.125rem; line-height: 1.35; margin: 0; }
h1 + p { margin-top: 0; color: var(--soft); }
p { margin: .5rem 0; }
a { color: var(--link); text-underline-offset: .15em; }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: .625rem;
  padding: 1.125rem 1.25rem; margin: 1rem 0;
}
.list { padding: 0; margin: 1.25rem 0; list-style: none; }
.list > li { margin: 1rem 0; }
.group { font-size: .9375rem; color: var(--soft); font-weight: 600; margin: 2rem 0 0; }
.top { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline; justify-content: space-between; }
.facts { color: var(--soft); font-size: .9375rem; }
.state { font-weight: 600; font-size: .9375rem; }
.state::before { content: "● "; font-size: .75em; vertical-align: .1em; }
.connected { color: var(--good); } .ended { color: var(--warn); } .absent { color: var(--soft); }
.absent::before { content: "○ "; }
.acts { display: flex; flex-wrap: wrap; gap: .625rem; margin-top: .875rem; }
label { display: block; font-weight: 600; margin: .25rem 0; }
.hint { color: var(--soft); font-size: .9375rem; margin: .25rem 0 .5rem; }
input:not([type=hidden]) {
  display: block; width: 100%; padding: .625rem .75rem; min-height: 2.75rem;
  font: inherit; color: inherit; background: var(--ground);
  border: 1px solid var(--edge); border-radius: .4375rem;
}
button, .button {
  font: inherit; font-weight: 600; min-height: 2.75rem; padding: .5rem 1.125rem;
  border: 1px solid var(--act); border-radius: .4375rem; cursor: pointer;
  background: var(--act); color: var(--on-act); text-decoration: none;
}
.button { display: inline-flex; align-items: center; }
input:not([type=hidden]) + button { margin-top: .875rem; }
button.plain { background: transparent; border-color: var(--edge); color: var(--text); }
header button.plain { min-height: 2.25rem; padding: .25rem .75rem; }
button:hover, .button:hover { filter: brightness(1.08); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.note { border-left: .25rem solid var(--good); }
.note.bad { border-left-color: var(--bad); }
.note p { margin: .25rem 0; }
.vh { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
code { font: .9em ui-monospace, SFMono-Regular, Consolas, monospace; }
@media (max-width: 26rem) {
  .acts form, .acts button { width: 100%; }
}
@media (forced-colors: active) { .note { border-left-width: .5rem; } }
`

/** For `style-src`: a browser applies no other style. */
export const STYLE_HASH = `'sha256-${hash('sha256', STYLE, 'base64')}'`
