// Draws the charts of the page of numbers from the tables that stand beside them, with Chart.js (chart.umd.min.js).

const Chart = window.Chart;
const written = new Intl.NumberFormat("vi-VN");
const dark = matchMedia("(prefers-color-scheme: dark)");
const LETTER = 7.5; // pixels a letter of a label takes
const ROW = 26; // pixels a lying bar takes
const drawn = [];

// Three hatchings, so that the parts of a bar can be told apart without their colours.
const HATCHINGS = [null, [[0, 8, 8, 0]], null, [[0, 0, 8, 8]], [[0, 4, 8, 4]]];

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function fill(place, many) {
  const plain = colour(`--chart-${place + 1}`);
  if (!many || !HATCHINGS[place]) return plain;
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const brush = tile.getContext("2d");
  brush.fillStyle = plain;
  brush.fillRect(0, 0, 8, 8);
  brush.strokeStyle = colour("--slip");
  brush.lineWidth = 1.2;
  for (const [fromX, fromY, toX, toY] of HATCHINGS[place]) {
    brush.beginPath();
    brush.moveTo(fromX, fromY);
    brush.lineTo(toX, toY);
    brush.stroke();
  }
  return brush.createPattern(tile, "repeat");
}

function read(table) {
  const rows = [...table.tBodies[0].rows];
  const names = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent);
  return {
    labels: rows.map((row) => row.cells[0].textContent),
    series: names.map((name, place) => ({
      name,
      values: rows.map(({ cells }) => (cells[place + 1].dataset.n === undefined ? null : Number(cells[place + 1].dataset.n))),
    })),
  };
}

// Long names are broken over two lines, so that bars keep half of the width or more.
function broken(label, longest) {
  if (label.length <= longest) return label;
  const lines = [""];
  for (const word of label.split(" ")) {
    if (lines.at(-1) && lines.at(-1).length + word.length >= longest) lines.push("");
    lines[lines.length - 1] = `${lines.at(-1)} ${word}`.trim();
  }
  return lines.length > 2 ? [lines[0], `${lines[1]}…`] : lines;
}

function draw(figure) {
  const { labels, series } = read(figure.querySelector("table"));
  const lying = figure.dataset.kind === "rows";
  const plot = figure.querySelector(".plot");
  plot.hidden = false;
  const many = series.length > 1;
  const longest = Math.max(Math.floor(plot.clientWidth / 2 / LETTER), 12);
  const row = labels.some((label) => label.length > longest) ? 1.6 * ROW : ROW;
  if (lying) plot.style.height = `${labels.length * row + (many ? 90 : 50)}px`;
  const axis = { stacked: true, grid: { color: colour("--line") }, border: { display: false }, ticks: { color: colour("--ink") } };
  const amounts = { ...axis, beginAtZero: true, ticks: { color: colour("--soft"), precision: 0, maxTicksLimit: 6, callback: (value) => written.format(value) } };
  const names = { ...axis, grid: { display: false }, ticks: { ...axis.ticks, autoSkip: !lying, maxRotation: 0, callback: (_, place) => broken(labels[place], longest) } };
  drawn.push(
    new Chart(plot.querySelector("canvas"), {
      type: "bar",
      data: {
        labels,
        datasets: series.map(({ name, values }, place) => ({
          label: name,
          data: values,
          backgroundColor: fill(place, many),
          borderRadius: many ? 0 : 3,
          maxBarThickness: lying ? 20 : 44,
        })),
      },
      options: {
        indexAxis: lying ? "y" : "x",
        maintainAspectRatio: false,
        animation: false,
        scales: lying ? { x: amounts, y: names } : { x: names, y: amounts },
        plugins: {
          legend: { display: many, position: "bottom", labels: { color: colour("--ink"), boxWidth: 14, boxHeight: 14 } },
          tooltip: {
            mode: "index",
            axis: lying ? "y" : "x",
            intersect: false,
            callbacks: { label: ({ dataset, raw }) => `${dataset.label}: ${raw === null ? "–" : written.format(raw)}` },
          },
        },
      },
    }),
  );
}

function drawAll() {
  while (drawn.length) drawn.pop().destroy();
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 13;
  document.querySelectorAll(".chart:has(canvas)").forEach(draw);
}

document.fonts.ready.then(drawAll);
dark.addEventListener("change", drawAll);
