// A chart is drawn from its own table, so both always say the same.

let drawn = [];
// Steps of an axis that counts: of a comment there are no fractions.
const WHOLE = [1, 10, 1e2, 1e3, 1e4, 1e5, 1e6].flatMap((ten) => [ten, 2 * ten, 5 * ten]);

export function draw() {
  // a chart is held by the window until it is destroyed, also when its box has left the page
  for (const chart of drawn) chart.destroy();
  drawn = window.uPlot ? [...document.querySelectorAll("[data-chart]")].map(lines) : [];
}

function lines(box) {
  const table = document.getElementById(box.dataset.chart);
  const css = getComputedStyle(document.documentElement);
  const paint = (name) => css.getPropertyValue(`--${name}`).trim();
  const rows = [...table.tBodies[0].rows];
  const heads = [...table.tHead.rows[0].cells].filter((cell) => cell.dataset.series);
  const value = (cell) => (cell?.dataset.value === "" || cell?.dataset.value === undefined ? null : Number(cell.dataset.value));
  const data = [rows.map((_, at) => at), ...heads.map((head) => rows.map((row) => value(row.cells[head.cellIndex])))];
  const labels = rows.map((row) => row.cells[0].textContent.trim());
  const short = rows.map((row) => row.cells[0].dataset.short ?? row.cells[0].textContent.trim());
  const isShare = table.dataset.unit === "share";
  const written = isShare ? { style: "percent", maximumFractionDigits: 1 } : { maximumFractionDigits: 2 };
  const fa = (number) => (number === null || number === undefined ? "—" : number.toLocaleString("fa-IR", written));
  const least = isShare ? 0.01 : 1;
  const series = heads.map((head) => {
    const colour = paint(head.dataset.series);
    const old = head.dataset.old !== undefined;
    return { label: head.textContent.trim(), stroke: colour, width: old ? 1.5 : 2.5, dash: old ? [4, 5] : [], points: { show: rows.length < 40 && !old, size: 6, fill: paint("sheet") }, value: (_, found) => fa(found) };
  });
  const axis = { gap: 8, stroke: paint("ink-3"), grid: { stroke: paint("line"), width: 1 }, ticks: { show: false }, font: "12px Vazirmatn", labelFont: "12px Vazirmatn" };
  const size = () => ({ width: box.clientWidth, height: Number(box.dataset.height) });
  const resized = new ResizeObserver(() => chart.setSize(size()));
  const chart = new window.uPlot({
    ...size(), padding: [12, 30, 0, 30],
    scales: { x: { time: false, dir: -1 }, y: { range: (_, low, high) => (low < 0 ? [Math.min(-0.1, low * 1.1), Math.max(0.1, high * 1.1)] : [0, Math.max(least, high * 1.15)]) } },
    axes: [{ ...axis, values: (_, splits) => splits.map((at) => (short[at] ? `\u200f${short[at]}` : "")), space: 64 }, { ...axis, side: 1, ...(table.dataset.unit ? {} : { incrs: WHOLE }), values: (_, splits) => splits.map(fa), size: 52 }],
    series: [{ label: "زمان", value: (_, at) => labels[at] ?? "—" }, ...series],
    // filled with the colour of its line, so that no line seems to break at the point that is read
    cursor: { points: { size: 9, fill: (_, at) => paint(heads[at - 1].dataset.series) }, drag: { x: false, y: false } },
    legend: { live: true },
    hooks: { draw: [(self) => marks(self, rows, paint)], drawAxes: [(self) => partial(self, rows, paint)], destroy: [() => resized.disconnect()] },
  }, data, box);
  chart.batch(() => {}); // draws now, not in a microtask: Firefox takes the page to paper before it runs one
  chart.over.addEventListener("click", () => {
    const link = rows[chart.cursor.idx]?.querySelector("a[href]");
    if (link) location.assign(link.href);
  });
  chart.over.classList.toggle("clickable", rows.some((row) => row.querySelector("a[href]")));
  resized.observe(box);
  return chart;
}

// A step that is not over, or has days outside the period, stands on grey ground: it is no match for the others.
function partial(chart, rows, paint) {
  const { ctx, bbox } = chart;
  const edge = (at) => chart.valToPos(Math.min(Math.max(at, 0), rows.length - 1), "x", true);
  ctx.save();
  ctx.fillStyle = paint("line");
  rows.forEach((row, at) => {
    if (row.dataset.part === undefined) return;
    ctx.fillRect(edge(at + 0.5), bbox.top, edge(at - 0.5) - edge(at + 0.5), bbox.height);
  });
  ctx.restore();
}

// Anomalies and change points: a dotted line with a dot at its head.
function marks(chart, rows, paint) {
  const { ctx, bbox } = chart;
  ctx.save();
  rows.forEach((row, at) => {
    if (!row.dataset.mark) return;
    const x = chart.valToPos(at, "x", true);
    ctx.strokeStyle = ctx.fillStyle = paint(row.dataset.mark === "anomaly" ? "red" : "violet");
    ctx.setLineDash([3, 4]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, bbox.top + 4, 5, 0, 7);
    ctx.fill();
  });
  ctx.restore();
}
