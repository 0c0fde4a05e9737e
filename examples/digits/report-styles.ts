/** What the demo's report has besides the sections of any report. */
export const styles = `
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); gap: 14px; margin-top: 22px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 18px; display: flex;
  flex-direction: column; }
.tile b { font-size: 30px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.metrics { width: 100%; max-width: 820px; }
.metrics td, .metrics thead th + th { text-align: right; padding: 6px 0 6px 20px; }
.metrics thead th { color: var(--soft); }
.metrics .group th { padding-top: 18px; font-weight: 650; }
.metrics .strong th, .metrics .strong td { font-weight: 650; }
.settings th { color: var(--soft); padding-right: 28px; white-space: nowrap; }
.legend { display: flex; flex-wrap: wrap; gap: 0 14px; list-style: none; padding: 0; margin: 4px 0 0; font-size: 18px;
  font-weight: 700; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); gap: 16px; }
.card { display: grid; grid-template-columns: repeat(3, 1fr); gap: 10px; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px; padding: 14px; text-align: center; font-size: 14px; line-height: 1.35; }
.card img { image-rendering: pixelated; border: 2px solid var(--line); border-radius: 6px; background: #fff; }
.card figcaption { margin-top: 4px; }
.wrong img { border-color: var(--wrong); } .wrong figcaption { color: var(--wrong); }
.right img { border-color: var(--right); } .right figcaption { color: var(--right); }
`;
