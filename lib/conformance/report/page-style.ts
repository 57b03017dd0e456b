// How the page looks, in light and in dark. Verdicts differ by colour and by sign; octets by what they are part of.

export const PAGE_STYLE: string = `
:root {
  color-scheme: light dark;
  --ground: #f7f7f4; --paper: #ffffff; --ink: #1d2327; --soft: #5f6b73; --line: #e2e3dd; --hover: #f0f1ec; --focus: #1f6feb;
  --pass: #1a7f4b; --pass-bg: #e3f4e9; --non-strict: #8a5a00; --non-strict-bg: #fdf0cf; --informational: #2457a6; --informational-bg: #e3ecfa;
  --fail: #ffffff; --fail-bg: #c9302c; --fail-ink: #b3261e; --fail-soft: #fdeceb; --skipped: #8b949a; --skipped-bg: transparent;
  --tester: #2457a6; --tester-bg: #eff4fc; --subject: #8b3f8f; --subject-bg: #f9f0f9;
  --first: #b3471d; --length: #8a6a00; --key: #0b7285; --payload: var(--ink);
  --mono: ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14181b; --paper: #1b2024; --ink: #e3e7e9; --soft: #98a3aa; --line: #2d343a; --hover: #232a2f; --focus: #6ea8fe;
    --pass: #6fcf97; --pass-bg: #17342a; --non-strict: #f2c14e; --non-strict-bg: #3a2f12; --informational: #8ab4f8; --informational-bg: #1c2c47;
    --fail: #ffffff; --fail-bg: #c23a35; --fail-ink: #ff8a80; --fail-soft: #3b1d1c; --skipped: #6b757c;
    --tester: #8ab4f8; --tester-bg: #1a2535; --subject: #dca2df; --subject-bg: #2b2030;
    --first: #ff9e73; --length: #e5c453; --key: #63d0df;
  }
}
* { box-sizing: border-box; }
html { background: var(--ground); color: var(--ink); font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
body { margin: 0; }
main { padding: 28px clamp(12px, 3vw, 40px) 80px; }
h1 { margin: 0; font-size: 24px; letter-spacing: -.01em; }
header p { margin: 2px 0 20px; color: var(--soft); }
code, pre, time, .octets, .bits b { font-family: var(--mono); }
small { font-size: 11px; font-weight: 400; color: var(--soft); }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; }

.agents { display: grid; grid-template-columns: repeat(auto-fill, minmax(270px, 1fr)); gap: 12px; }
.agents article { padding: 12px 14px; background: var(--paper); border: 1px solid var(--line); border-radius: 10px; }
.agents h2 { margin: 0 0 8px; font-size: 15px; }
.bar { display: flex; gap: 2px; height: 6px; border-radius: 3px; overflow: hidden; }
.bar i { min-width: 3px; background: var(--skipped); opacity: .45; }
.bar .pass { background: var(--pass); opacity: 1; } .bar .non-strict { background: var(--non-strict); opacity: 1; }
.bar .informational { background: var(--informational); opacity: 1; } .bar .fail { background: var(--fail-bg); opacity: 1; }
.counts { display: flex; flex-wrap: wrap; gap: 2px 12px; margin: 8px 0 2px; font-size: 12.5px; }
.counts b { display: inline-block; min-width: 1em; text-align: center; }
.counts .pass b { color: var(--pass); } .counts .non-strict b { color: var(--non-strict); } .counts .informational b { color: var(--informational); }
.counts .fail { color: var(--fail-ink); font-weight: 600; } .counts .skipped { color: var(--soft); }
.about { margin: 0; font-size: 11.5px; color: var(--soft); }

#filters { position: sticky; top: 0; z-index: 3; display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin: 20px 0 0; padding: 10px 0; background: var(--ground); }
#find { flex: 1 1 260px; max-width: 420px; padding: 7px 11px; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; }
.chips { display: flex; flex-wrap: wrap; gap: 6px; }
.chip { display: inline-flex; align-items: center; gap: 6px; padding: 4px 10px; border: 1px solid var(--line); border-radius: 99px; background: var(--paper); cursor: pointer; user-select: none; white-space: nowrap; }
.chip input { position: absolute; opacity: 0; pointer-events: none; }
.chip:has(:focus-visible) { outline: 2px solid var(--focus); outline-offset: 1px; }
.chip:not(:has(:checked)) { opacity: .5; background: transparent; }
.chip:not(:has(:checked)) b { color: inherit; }
.chip:has(#differ:checked) { border-color: var(--focus); color: var(--focus); }
.chip.pass b { color: var(--pass); } .chip.non-strict b { color: var(--non-strict); } .chip.informational b { color: var(--informational); } .chip.fail b { color: var(--fail-ink); }
#shown { margin-left: auto; color: var(--soft); font-size: 12.5px; }

table { width: 100%; border-collapse: separate; border-spacing: 0; background: var(--paper); border: 1px solid var(--line); border-radius: 10px; }
th { text-align: left; font-weight: 400; }
thead th { position: sticky; top: var(--bar, 54px); z-index: 2; padding: 8px 4px; background: var(--paper); border-bottom: 1px solid var(--line); vertical-align: bottom; font-weight: 600; }
thead th:first-child { padding-left: 14px; border-top-left-radius: 10px; color: var(--soft); font-weight: 400; }
thead th:last-child { border-top-right-radius: 10px; }
thead th:not(:first-child) { text-align: center; }
thead small { display: block; }
.few thead th:not(:first-child) { width: 132px; }
.many thead th:not(:first-child) { width: 46px; }
.many thead span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg); max-height: 190px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; text-align: left; line-height: 1.25; }
tr.section th, tr.section td { padding: 14px 4px 4px; border-bottom: 1px solid var(--line); font-size: 12px; color: var(--soft); }
tr.section th { padding-left: 14px; font-weight: 600; color: var(--ink); font-size: 13px; }
td { padding: 2px 3px; text-align: center; }
tr[data-case] th { padding: 3px 10px 3px 14px; width: 100%; max-width: 0; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
tr[data-case] th code { display: inline-block; min-width: 300px; margin-right: 16px; font-size: 12px; }
tr[data-case] th span { color: var(--soft); }
tr[data-case]:hover th, tr[data-case]:hover td { background: var(--hover); }
tbody:last-child tr:last-child > * { padding-bottom: 10px; }
td a { scroll-margin: 300px 0 80px; display: block; min-width: 30px; margin: 0 auto; padding: 1px 0; border-radius: 5px; text-decoration: none; font-weight: 600; line-height: 21px; }
.few td { min-width: 92px; } .few td a { max-width: 64px; }
a.pass { color: var(--pass); background: var(--pass-bg); } a.non-strict { color: var(--non-strict); background: var(--non-strict-bg); }
a.informational { color: var(--informational); background: var(--informational-bg); font-family: Georgia, "Liberation Serif", serif; font-style: italic; }
a.fail { color: var(--fail); background: var(--fail-bg); } a.skipped { color: var(--skipped); background: var(--skipped-bg); }
td a[aria-current] { outline: 2px solid var(--focus); outline-offset: 1px; }
#none { padding: 30px; text-align: center; color: var(--soft); }

@media (max-width: 900px) { tr[data-case] th code { min-width: 0; } }

#panel { position: fixed; inset: 0 0 0 auto; z-index: 5; width: min(760px, 100vw); overflow-y: auto; overscroll-behavior: contain; padding: 0 22px 40px; background: var(--paper); border-left: 1px solid var(--line); box-shadow: -12px 0 40px rgb(0 0 0 / .12); }
#panel:focus { outline: none; }
@media (min-width: 1180px) {
  body.open main { margin-right: 760px; }
  #panel { box-shadow: none; }
}
body.open tr[data-case] th code { min-width: 0; }
.top { position: sticky; top: 0; z-index: 1; display: flex; align-items: flex-start; gap: 10px; margin: 0 -22px 14px; padding: 16px 22px 12px; background: var(--paper); border-bottom: 1px solid var(--line); }
.top h2 { flex: 1; margin: 0; font: 600 15px/1.35 var(--mono); overflow-wrap: anywhere; }
.top h2 small { display: block; font: 12px/1.4 system-ui, sans-serif; }
.badge { padding: 2px 10px; border-radius: 99px; font-weight: 600; font-size: 12.5px; line-height: 20px; white-space: nowrap; }
.badge.pass { color: var(--pass); background: var(--pass-bg); } .badge.non-strict { color: var(--non-strict); background: var(--non-strict-bg); }
.badge.informational { color: var(--informational); background: var(--informational-bg); } .badge.fail { color: var(--fail); background: var(--fail-bg); }
.badge.skipped { color: var(--soft); border: 1px solid var(--line); }
button { font: inherit; font-size: 12.5px; color: inherit; background: var(--hover); border: 1px solid var(--line); border-radius: 7px; padding: 2px 9px; cursor: pointer; }
button:hover { border-color: var(--soft); }
.why { margin: 0 0 10px; padding: 10px 14px; border-radius: 8px; background: var(--hover); overflow-wrap: anywhere; }
.why.pass { background: var(--pass-bg); } .why.non-strict { background: var(--non-strict-bg); } .why.informational { background: var(--informational-bg); }
.why.fail { background: var(--fail-soft); }
.why:empty { display: none; }
.rule { margin: 0 0 10px; padding-left: 14px; color: var(--fail-ink); } .rule b { font-family: var(--mono); font-size: 12.5px; } .rule span { color: var(--ink); }
.plan { display: grid; grid-template-columns: 118px 1fr; gap: 7px 14px; margin: 14px 0; }
.plan dt { color: var(--soft); } .plan dd { margin: 0; overflow-wrap: anywhere; }
.plan ol, .plan ul { margin: 0; padding-left: 20px; } .plan ul { list-style: none; padding: 0; } .plan li + li { margin-top: 3px; }
.plan ol { font-family: var(--mono); font-size: 12.5px; } .plan code { font-size: 12px; color: var(--soft); }
.replay { display: flex; gap: 8px; align-items: center; margin: 0 0 20px; padding: 6px 6px 6px 12px; border: 1px solid var(--line); border-radius: 8px; background: var(--ground); }
.replay code { flex: 1; overflow-x: auto; white-space: pre; font-size: 12px; }

.wire { position: relative; }
.wire > ol { list-style: none; margin: 0; padding: 0; }
.wire > input { position: absolute; right: 118px; top: 2px; } .wire > label { position: absolute; right: 0; top: 0; font-size: 12px; color: var(--soft); cursor: pointer; }
.sides { display: flex; gap: 20px; padding: 0 0 6px; border-bottom: 1px solid var(--line); margin-bottom: 8px; font-size: 12.5px; }
.sides span { width: 58px; text-align: right; color: var(--soft); } .sides .tester { color: var(--tester); } .sides .subject { color: var(--subject); }
.wire li { display: flex; gap: 10px; margin-bottom: 5px; }
.wire time { flex: 0 0 58px; padding-top: 7px; text-align: right; font-size: 11px; color: var(--soft); }
.wire li > div { flex: 0 1 auto; min-width: 0; max-width: 590px; padding: 6px 12px; border-radius: 8px; border: 1px solid transparent; }
.wire .tester > div { background: var(--tester-bg); border-left: 3px solid var(--tester); border-top-left-radius: 3px; border-bottom-left-radius: 3px; }
.wire .subject > div { background: var(--subject-bg); border-right: 3px solid var(--subject); margin-left: auto; border-top-right-radius: 3px; border-bottom-right-radius: 3px; }
.wire .broken > div { outline: 1.5px solid var(--fail-bg); }
.wire .tester.broken > div { outline: 1.5px dashed var(--non-strict); } .tester .breaks { color: var(--non-strict); }
.wire .note { margin: 7px 0; color: var(--soft); font-size: 12.5px; } .wire .note time { padding-top: 1px; }
.wire .note > div { flex: 1; display: flex; align-items: center; gap: 10px; padding: 0; overflow-wrap: anywhere; }
.wire p { margin: 0; }
.frame { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 8px; }
.frame span { color: var(--soft); font-size: 12.5px; }
.frame q { quotes: none; font-family: var(--mono); font-size: 12.5px; overflow-wrap: anywhere; }
.flag { padding: 0 5px; font-size: 10.5px; font-weight: 600; letter-spacing: .03em; border: 1px solid currentColor; border-radius: 4px; color: var(--soft); }
.flag.rsv { color: var(--first); }
.octets { font-size: 12px; line-height: 1.55; overflow-wrap: break-word; }
.first { color: var(--first); font-weight: 600; } .length { color: var(--length); font-weight: 600; } .key { color: var(--key); } .payload { color: var(--payload); opacity: .85; }
.octets span + span { margin-left: 4px; }
.bits { display: none; gap: 8px; padding: 5px 0 2px; }
.wire > input:checked ~ ol .bits, .broken .bits { display: flex; }
.bits span { display: flex; flex-direction: column; align-items: center; gap: 1px; }
.bits b { display: flex; border: 1px solid var(--line); border-radius: 4px; overflow: hidden; background: var(--paper); }
.bits i { width: 15px; font: 12px/19px var(--mono); text-align: center; } .bits i + i { border-left: 1px solid var(--line); }
.bits small { font-size: 10px; }
.breaks { padding-top: 4px; color: var(--fail-ink); font-weight: 600; font-size: 12.5px; } .breaks span { font-weight: 400; }
.end, .left { font-size: 12.5px; color: var(--soft); }
details summary { cursor: pointer; font-family: var(--mono); font-size: 12px; overflow-wrap: anywhere; }
details pre { margin: 4px 0 0; font-size: 12px; white-space: pre-wrap; overflow-wrap: anywhere; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 12px 0 0 68px; font-size: 11.5px; } .legend i { font-style: normal; font-weight: 400; }
`;
