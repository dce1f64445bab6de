(function () {
  "use strict";
  const payload = JSON.parse(document.getElementById("payload").textContent);
  const config = {
    responsive: true,
    displaylogo: false,
    showTips: false,
    modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]],
  };
  for (const [place, figure] of Object.entries(payload.figures)) {
    // A height of its own, since a resized plot takes the one of its place.
    document.getElementById(place).style.height = `${figure.layout.height}px`;
    Plotly.newPlot(place, figure.data, figure.layout, config);
  }
  if (payload.signal && payload.signal.feet.length) {
    drawSignal(payload.signal, payload.time, payload.colours);
  }

  function decode(text, Type) {
    const raw = atob(text);
    const bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i += 1) bytes[i] = raw.charCodeAt(i);
    return new Type(bytes.buffer);
  }

  // Minimum and maximum of each pixel-wide piece, in the order in which they occur; all values where there is room.
  function reduce(channel, from, to, width) {
    const { values, scale, step_s: step } = channel;
    const first = Math.max(0, Math.floor(from / step) - 1);
    const last = Math.min(values.length, Math.ceil(to / step) + 2);
    const piece = Math.max(1, Math.ceil((last - first) / width));
    const x = [];
    const y = [];
    const push = (i) => {
      x.push(i * step);
      y.push(values[i] === -32768 ? null : values[i] * scale);
    };
    if (piece <= 2) {
      for (let i = first; i < last; i += 1) push(i);
      return { x, y };
    }
    for (let begin = first; begin < last; begin += piece) {
      const end = Math.min(last, begin + piece);
      let low = -1;
      let high = -1;
      for (let i = begin; i < end; i += 1) {
        if (values[i] === -32768) continue;
        if (low < 0 || values[i] < values[low]) low = i;
        if (high < 0 || values[i] > values[high]) high = i;
      }
      if (low < 0) push(begin);
      else {
        push(Math.min(low, high));
        if (low !== high) push(Math.max(low, high));
      }
    }
    return { x, y };
  }

  function drawSignal(signal, time, colours) {
    const div = document.getElementById("signal-plot");
    const select = document.getElementById("signal-channel");
    const isDate = time.axis.type === "date";
    const place = (v) => v * time.per_second + time.origin;
    // Plotly hands back the ends of a date axis as text.
    const seconds = (v) => {
      const number = typeof v === "string" ? Date.parse(`${v.replace(" ", "T")}Z`) : v;
      return (number - time.origin) / time.per_second;
    };
    const height = 150 + 190 * signal.feet.length;
    div.style.height = `${height}px`;
    const feet = signal.feet.map((foot) => ({
      name: foot.foot,
      rate: foot.rate,
      merged: foot.merged,
      channels: Object.fromEntries(
        Object.entries(foot.channels).map(([key, c]) => [key, { ...c, values: decode(c.data, Int16Array) }]),
      ),
      strides: decode(foot.strides, Int32Array),
      unused: decode(foot.unused, Int32Array),
      events: Object.fromEntries(Object.keys(signal.events).map((key) => [key, decode(foot[key], Int32Array)])),
    }));
    const looks = {
      ic: { symbol: "triangle-down", size: 9, color: "#1f2933" },
      tc: { symbol: "triangle-up", size: 9, color: "#ffffff", line: { width: 1.5, color: "#1f2933" } },
      min_vel: { symbol: "circle", size: 6, color: "#ffffff", line: { width: 1.5, color: "#1f2933" } },
    };
    const at = isDate ? "%{x|%H:%M:%S.%L}" : "%{x:.3f} s";
    const maxEvents = 120;
    let channelKey = signal.channels[0].key;
    let range = [0, signal.duration_s];
    let busy = false;

    for (const c of signal.channels) select.add(new Option(`${c.label}, ${c.unit}`, c.key));

    // Strides as bars; where they are too narrow to be told apart, those that follow each other become one.
    function spans(samples, foot, level) {
      const pixel = (range[1] - range[0]) / Math.max(300, div.clientWidth - 80);
      const bars = [];
      let joined = false;
      for (let i = 0; i < samples.length; i += 2) {
        const from = samples[i] / foot.rate;
        const to = samples[i + 1] / foot.rate;
        if (to < range[0] || from > range[1]) continue;
        const last = bars[bars.length - 1];
        if (last && to - from < 5 * pixel && from - last[1] < pixel) {
          last[1] = to;
          joined = true;
        } else bars.push([from, Math.max(to, from + pixel)]);
      }
      const x = [];
      const y = [];
      for (const [from, to] of bars) {
        // A hair of white between strides that follow each other.
        const gap = Math.min((to - from) * 0.06, pixel);
        x.push(place(from), place(to - gap), null);
        y.push(level, level, null);
      }
      return { line: { x, y }, joined };
    }

    function content() {
      const width = Math.max(300, div.clientWidth - 80);
      const traces = [];
      const layout = layoutFor();
      let hidden = false;
      feet.forEach((foot, row) => {
        const channel = foot.channels[channelKey];
        const axes = { xaxis: "x", yaxis: row === 0 ? "y" : `y${row + 1}` };
        const colour = colours[foot.name];
        const line = reduce(channel, range[0], range[1], width);
        const common = { type: "scatter", showlegend: false, ...axes };
        traces.push({
          ...common,
          mode: "lines",
          name: `${foot.name} foot`,
          x: line.x.map(place),
          y: line.y,
          line: { color: colour, width: 1.2 },
          hovertemplate: `${at}: %{y:.1f}<extra></extra>`,
        });
        const [low, high] = channel.range;
        const bar = low - 0.09 * (high - low);
        const yaxis = row === 0 ? "yaxis" : `yaxis${row + 1}`;
        layout[yaxis].range = [low - 0.16 * (high - low), high];
        const thick = { width: 7 };
        const used = spans(foot.strides, foot, bar);
        const unused = spans(foot.unused, foot, bar);
        traces.push({ ...common, ...unused.line, mode: "lines", name: "strides not analysed", line: { ...thick, color: "#b4bcc4" }, hoverinfo: "skip" });
        traces.push({ ...common, ...used.line, mode: "lines", name: "strides", line: { ...thick, color: colour }, hoverinfo: "skip" });
        const edges = used.line.x;
        if (!used.joined && !foot.merged && edges.length <= 3 * 40) {
          for (let i = 0; i < edges.length; i += 6) {
            layout.shapes.push({
              type: "rect", layer: "below", xref: "x", yref: `${axes.yaxis} domain`,
              x0: edges[i], x1: edges[i + 1], y0: 0, y1: 1, line: { width: 0 }, fillcolor: colour, opacity: 0.06,
            });
          }
        }
        const visible = {};
        let count = 0;
        for (const [key, samples] of Object.entries(foot.events)) {
          visible[key] = Array.from(samples).filter((s) => s / foot.rate >= range[0] && s / foot.rate <= range[1]);
          count += visible[key].length;
        }
        if (count > maxEvents) hidden = true;
        for (const [key, label] of Object.entries(signal.events)) {
          const shown = count > maxEvents ? [] : visible[key];
          const index = (s) => Math.min(channel.values.length - 1, Math.round(s / foot.rate / channel.step_s));
          traces.push({
            ...common,
            mode: "markers",
            name: label,
            legendgroup: key,
            showlegend: row === 0,
            x: shown.length ? shown.map((s) => place(s / foot.rate)) : [null],
            y: shown.length ? shown.map((s) => (channel.values[index(s)] === -32768 ? null : channel.values[index(s)] * channel.scale)) : [null],
            marker: looks[key],
            hovertemplate: `${label}<br>${at}<extra></extra>`,
          });
        }
      });
      if (hidden) {
        layout.annotations.push({
          text: "zoom in to see the events", xref: "paper", yref: "paper", x: 1, y: 1.01,
          xanchor: "right", yanchor: "bottom", showarrow: false, font: { size: 12, color: "#5b6773" },
        });
      }
      return { traces, layout };
    }

    function layoutFor() {
      const channel = signal.channels.find((c) => c.key === channelKey);
      const rows = feet.length;
      const layout = {
        height,
        modebar: { bgcolor: "rgba(255,255,255,0.8)", color: "#9aa3ad", activecolor: "#1f2933" },
        margin: { l: 64, r: 16, t: 44, b: 48 },
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "#ffffff",
        font: { family: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", size: 13, color: "#1f2933" },
        legend: { orientation: "h", x: 0, y: 1.03, yanchor: "bottom" },
        dragmode: "zoom",
        hovermode: "closest",
        shapes: [],
        annotations: [],
        xaxis: { ...time.axis, range: range.map(place), anchor: rows === 1 ? "y" : `y${rows}` },
      };
      feet.forEach((foot, row) => {
        const top = 1 - row / rows;
        layout[row === 0 ? "yaxis" : `yaxis${row + 1}`] = {
          domain: [top - 1 / rows + (row < rows - 1 ? 0.06 : 0), top], fixedrange: true,
          title: { text: `${foot.name === "left" ? "Left" : "Right"} (${channel.unit})`, font: { size: 12, color: colours[foot.name] } },
          gridcolor: "#e6eaee", zerolinecolor: "#cdd4da", linecolor: "#9aa3ad", ticks: "outside", tickcolor: "#9aa3ad",
        };
      });
      return layout;
    }

    function show(from, to) {
      const longest = signal.duration_s;
      const width = Math.min(Math.max(to - from, 0.05), longest);
      const start = Math.min(Math.max(from, 0), longest - width);
      range = [start, start + width];
      busy = true;
      const { traces, layout } = content();
      return Plotly.react(div, traces, layout, config).then(() => { busy = false; });
    }

    function firstWalk() {
      const starts = feet.filter((f) => f.strides.length).map((f) => f.strides.reduce((a, b) => Math.min(a, b)) / f.rate);
      const start = starts.length ? Math.min(...starts) : 0;
      return [start - 0.5, start + 7.5];
    }

    show(0, signal.duration_s).then(() => {
      div.on("plotly_relayout", (change) => {
        if (busy) return;
        if (change["xaxis.autorange"]) show(0, signal.duration_s);
        else if (change["xaxis.range[0]"] !== undefined) {
          show(seconds(change["xaxis.range[0]"]), seconds(change["xaxis.range[1]"]));
        }
      });
    });
    select.addEventListener("change", () => { channelKey = select.value; show(...range); });
    document.getElementById("signal-tools").addEventListener("click", (event) => {
      const view = event.target.dataset.view;
      const width = range[1] - range[0];
      if (view === "all") show(0, signal.duration_s);
      else if (view === "walk") show(...firstWalk());
      else if (view === "back") show(range[0] - 0.8 * width, range[1] - 0.8 * width);
      else if (view === "on") show(range[0] + 0.8 * width, range[1] + 0.8 * width);
    });
  }
})();
