// The style of the web page. Colours are variables, so that the drawings follow the reader's choice of light
// or dark; text has a contrast of 4.5 to 1 and more on both.
#pragma once

#include <string_view>

namespace morpharena::tool {

inline constexpr std::string_view kReportStyle = R"css(
:root { color-scheme: light dark; --page: #f4f5f7; --card: #ffffff; --text: #1b1f24; --dim: #57606a;
  --line: #d5dae0; --good: #1a7f37; --bad: #b42318; --same: #6e7781; --link: #0b5cad;
  --s0: #2f6fb0; --s1: #d9822b; --s2: #3f9163; --s3: #b54a8c; --s4: #7a62c4; --s5: #9a7b1f; --s6: #2a8f9c; --s7: #a3abb5; }
@media (prefers-color-scheme: dark) {
  :root { --page: #0f1419; --card: #182028; --text: #e6edf3; --dim: #9fb0c0; --line: #33404d; --good: #4ac26b;
    --bad: #ff8a80; --same: #9aa7b4; --link: #7cb8f5;
    --s0: #6aaee8; --s1: #f0a95c; --s2: #6cc494; --s3: #e388bd; --s4: #ab98ee; --s5: #d8ba6b; --s6: #6bcbd4; --s7: #66727f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); line-height: 1.45;
  font: 16px/1.45 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1120px; margin: 0 auto; padding: 24px 16px 48px; }
h1 { font-size: 1.5rem; margin: 0 0 4px; overflow-wrap: anywhere; }
h1 code { font-size: .92em; }
h2 { font-size: 1.2rem; margin: 0 0 12px; }
h3 { font-size: 1rem; margin: 0 0 6px; }
p { margin: 0 0 10px; max-width: 75ch; }
code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.dim { color: var(--dim); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px; margin: 18px 0; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; }
th, td { text-align: right; padding: 5px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
th { color: var(--dim); font-weight: 600; }
td.words { text-align: left; white-space: normal; }
th.words { text-align: left; }
.scroll { overflow-x: auto; } .scroll + h3 { margin-top: 18px; }
.badge { display: inline-block; padding: 1px 9px; border-radius: 999px; border: 1px solid currentColor; font-size: .87rem;
  font-weight: 600; color: var(--good); }
.badge.bad { color: var(--bad); }
.metrics { display: grid; gap: 20px; max-width: 940px; }
.rows { display: grid; grid-template-columns: minmax(4.5em, auto) minmax(5.2em, auto) minmax(90px, 1fr) auto;
  align-items: center; column-gap: 12px; row-gap: 2px; }
.name { overflow-wrap: anywhere; }
.value, .ratio { text-align: right; white-space: nowrap; }
.ratio span { color: var(--dim); font-size: .85rem; margin-left: 4px; }
.ratio.good b { color: var(--good); } .ratio.bad b { color: var(--bad); } .ratio.same b { color: var(--dim); font-weight: 500; }
.scale { grid-column: 3; display: flex; justify-content: space-between; color: var(--dim); font-size: .78rem; }
svg { display: block; }
.bar rect { opacity: .55; } .bar.good rect { fill: var(--good); } .bar.bad rect { fill: var(--bad); }
.bar.same rect { fill: var(--same); }
.bar .one { stroke: var(--dim); stroke-width: 1; }
.bar .whisker { stroke: var(--text); stroke-width: 1.6; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 12px; }
.tile { border: 1px solid var(--line); border-radius: 8px; padding: 10px 12px; }
.tile b { display: block; font-size: 1.25rem; } .tile span { color: var(--dim); font-size: .87rem; }
figure { margin: 0 0 26px; } figure:last-of-type { margin-bottom: 6px; }
.plot { display: grid; grid-template-columns: 64px 1fr; }
.ylabels { position: relative; font-size: .78rem; color: var(--dim); }
.ylabels span { position: absolute; right: 8px; transform: translateY(-50%); white-space: nowrap; }
.area { position: relative; height: 260px; border-left: 1px solid var(--line); }
.area svg { width: 100%; height: 100%; overflow: visible; }
.xlabels { grid-column: 2; display: flex; justify-content: space-between; font-size: .78rem; color: var(--dim); padding-top: 4px; }
.area path { stroke: var(--card); stroke-width: 1; vector-effect: non-scaling-stroke; fill-opacity: .9; }
.area path.s0 { fill: var(--s0); } .swatch.k0 { background: var(--s0); }
.area path.s1 { fill: var(--s1); } .swatch.k1 { background: var(--s1); }
.area path.s2 { fill: var(--s2); } .swatch.k2 { background: var(--s2); }
.area path.s3 { fill: var(--s3); } .swatch.k3 { background: var(--s3); }
.area path.s4 { fill: var(--s4); } .swatch.k4 { background: var(--s4); }
.area path.s5 { fill: var(--s5); } .swatch.k5 { background: var(--s5); }
.area path.s6 { fill: var(--s6); } .swatch.k6 { background: var(--s6); }
.area path.s7 { fill: var(--s7); } .swatch.k7 { background: var(--s7); }
.grid { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; }
.tree { fill: none; stroke: var(--text); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
.cap { stroke: var(--bad); stroke-width: 2; stroke-dasharray: 7 5; vector-effect: non-scaling-stroke; }
.caplabel { position: absolute; right: 4px; transform: translateY(3px); color: var(--bad); font-size: .82rem; font-weight: 600;
  background: var(--card); padding: 0 4px; border-radius: 4px; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 0; margin: 10px 0 6px; font-size: .9rem; }
.swatch { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px; }
.swatch.line { height: 2px; vertical-align: middle; background: var(--text); }
.key { white-space: nowrap; }
.key::before { content: ""; display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin: 0 6px 0 12px; background: var(--s0); }
.key.k1::before { background: var(--s1); }
.sizes { display: grid; grid-template-columns: auto 1fr auto; column-gap: 12px; align-items: center; font-size: .93rem; }
rect.k0 { fill: var(--s0); } rect.k1 { fill: var(--s1); }
.flame { position: relative; margin-bottom: 18px; overflow: hidden; }
.flame i { position: absolute; height: 17px; padding: 0 3px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis;
  font: 12px/17px ui-monospace, "DejaVu Sans Mono", monospace; color: #1b1f24; border-right: 1px solid var(--card); }
.flame .f0 { background: #f2b27c; } .flame .f1 { background: #f4c58c; } .flame .f2 { background: #eda07a; }
.flame .f3 { background: #f6d79a; } .flame .f4 { background: #e8b894; } .flame .f5 { background: #f0cfa0; }
td.symbol { max-width: 34ch; overflow: hidden; text-overflow: ellipsis; }
.facts { display: grid; grid-template-columns: minmax(150px, max-content) 1fr; gap: 4px 20px; margin: 0; }
.facts dt { color: var(--dim); } .facts dd { margin: 0; overflow-wrap: anywhere; }
.scroll:focus-visible { outline: 2px solid var(--link); }
details { margin-top: 6px; } summary { cursor: pointer; color: var(--link); font-size: .9rem; }
a { color: var(--link); }
@media (max-width: 620px) {
  main { padding: 16px 10px 32px; } .card { padding: 14px 12px; } h1 { font-size: 1.2rem; }
  .rows { grid-template-columns: 1fr auto; row-gap: 0; }
  .rows .name { grid-column: 1; font-weight: 600; margin-top: 8px; } .rows .value { grid-column: 2; margin-top: 8px; }
  .rows .track { grid-column: 1 / 3; } .rows .track:empty { display: none; }
  .rows .ratio { grid-column: 1 / 3; text-align: left; } .rows .ratio:empty { display: none; } .scale { grid-column: 1 / 3; margin-top: 4px; }
  .plot { grid-template-columns: 52px 1fr; } .area { height: 220px; }
  .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: 8px; }
  th, td { padding: 5px 7px; }
}
@media print { body { background: #fff; } .card { break-inside: avoid; } }
)css";

}  // namespace morpharena::tool
