/** A report's style sheet; it follows the reader's light or dark setting. */
export const reportStyles = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1e23; --soft: #5c6470; --line: #dfe3e8; --card: #f6f7f9;
  --wrong: #b3400a; --right: #00734f; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15181c; --ink: #e8eaed; --soft: #a3abb6; --line: #343a42; --card: #1e2227; --wrong: #f08a4b;
    --right: #3fc79a; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans",
  sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 40px 28px 64px; }
h1 { font-size: 32px; line-height: 1.2; margin: 0 0 8px; letter-spacing: -0.01em; }
h2 { font-size: 21px; margin: 44px 0 12px; }
p { max-width: 75ch; margin: 0 0 14px; }
header p, .note, small { color: var(--soft); }
.note { font-size: 14px; margin-top: 10px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; }
td, th { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.figures td, .figures thead th + th { text-align: right; padding-left: 20px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(480px, 100%), 1fr)); gap: 26px; }
figure { margin: 0; min-width: 0; }
.pair figcaption { font-weight: 550; margin-bottom: 8px; }
.pair svg { max-width: 100%; height: auto; }
`;
