(function () {
  'use strict';
  var data = JSON.parse(document.getElementById('data').textContent);
  var chart = document.getElementById('chart');
  var hover = document.getElementById('hover');
  var keys = document.getElementById('keys');
  var palette = ['#0969da', '#bc4c00', '#1a7f37', '#8250df', '#bf3989', '#9a6700', '#1b7c83', '#cf222e',
    '#6639ba', '#e16f24', '#2da44e', '#57606a', '#d63384', '#b59410', '#3192aa', '#8b4513'];
  var kinds = { restart: ['R', '--dim', 'start'], death: ['X', '--bad', 'death'], critical: ['\u25bc', '--bad', 'critical alert'], high: ['\u25bc', '--warning', 'high alert'], spike: ['\u25b2', '--curve', 'spike'] };

  function color(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }
  // The tasks that take the most time have colours of their own, which tell them apart on both grounds.
  var taskColors = ['#4477dd', '#ee7733', '#22aa66', '#cc3388', '#b09a10', '#33aacc', '#884ea0', '#dd4444', '#66bb22', '#996644', '#6f7fa8', '#ff88bb'];
  var rank = {};
  function bandColor(task) { return rank[task] < taskColors.length ? taskColors[rank[task]] : '#8b949e'; }
  function name(i) { return data.names[i] || ''; }
  function source(input, line) { return (data.inputs[input] || '?') + ':' + line; }
  function two(n) { return (n < 10 ? '0' : '') + n; }
  function clock(d, ms) { return two(d.getUTCHours()) + ':' + two(d.getUTCMinutes()) + ':' + two(d.getUTCSeconds()) + (ms % 1000 ? '.' + String(ms % 1000 + 1000).slice(1) : ''); }
  // The log's own clock: no zone is invented.
  function time(ms) {
    var d = new Date(ms);
    // A log without dates has days at most.
    if (ms < 400 * 864e5) return (ms < 864e5 ? '' : 'day ' + Math.floor(ms / 864e5) + ' ') + clock(d, ms);
    return d.getUTCFullYear() + '-' + two(d.getUTCMonth() + 1) + '-' + two(d.getUTCDate()) + ' ' + clock(d, ms);
  }
  function say(parent, text, style) {
    var span = document.createElement('span');
    span.textContent = text;
    if (style) span.className = style;
    parent.appendChild(span);
  }

  // ---- the curve ----------------------------------------------------------------------------------------------------
  // Rows of dygraphs: a time and a value for each series; what a reading was stands beside it under the same key.
  var rows = {}, readings = {};
  data.series.forEach(function (series, s) {
    series.points.forEach(function (point) {
      var row = rows[point[0]];
      if (!row) {
        row = rows[point[0]] = [new Date(point[0])];
        data.series.forEach(function () { row.push(null); });
      }
      if (row[s + 1] === null || point[1] > row[s + 1]) {
        row[s + 1] = point[1];
        readings[s + ' ' + point[0]] = point;
      }
    });
  });
  // Between a death and the next start there is no memory to draw: a gap of dygraphs is a NaN.
  var first = Math.min.apply(null, Object.keys(rows).map(Number));
  data.marks.forEach(function (mark) {
    if (mark[1] !== 'restart' || mark[0] <= first || rows[mark[0] - 1]) return;
    var row = rows[mark[0] - 1] = [new Date(mark[0] - 1)];
    data.series.forEach(function (series, s) { row.push(s === mark[6] ? NaN : null); });
  });
  var table = Object.keys(rows).map(Number).sort(function (a, b) { return a - b; }).map(function (t) { return rows[t]; });

  // A log that marks no runs tells its tasks by the readings' labels.
  var bands = data.bands;
  if (bands.length === 0 && data.series.length > 0) {
    var points = data.series[0].points, open = null;
    points.forEach(function (point, i) {
      var idle = !point[2] || /^(idle|periodic check)$/i.test(name(point[2]));
      if (open && point[2] !== open[2]) { open[1] = point[0]; bands.push(open); open = null; }
      if (!open && !idle && i + 1 < points.length) open = [point[0], point[0], point[2], 0];
    });
  }
  var timeOf = {};
  bands.forEach(function (band) { timeOf[band[2]] = (timeOf[band[2]] || 0) + band[1] - band[0]; });
  var tasks = Object.keys(timeOf).sort(function (a, b) { return timeOf[b] - timeOf[a]; });
  tasks.forEach(function (task, i) { rank[task] = i; });
  // Each process has a strip of its own below the curves, since their tasks run at the same time.
  var several = data.series.length > 1, lane = several ? 6 : 7, room = bands.length === 0 || !several ? 0 : data.series.length * (lane + 1) + 2;

  function nearest(list, t, limit, at) {
    var best = null;
    list.forEach(function (one) {
      var distance = Math.abs(at(one) - t);
      if (distance <= limit && (best === null || distance < Math.abs(at(best) - t))) best = one;
    });
    return best;
  }

  function show(event, x, found, row) {
    hover.textContent = '';
    say(hover, time(x), 'strong');
    found.forEach(function (point) {
      var s = data.series.findIndex(function (one) { return one.name === point.name; });
      var reading = readings[s + ' ' + x];
      if (!reading) return;
      if (data.series.length > 1) say(hover, data.series[s].name, 'dim');
      say(hover, reading[1].toFixed(1) + ' MB');
      if (reading[2]) say(hover, name(reading[2]));
      say(hover, source(reading[3], reading[4]), 'dim');
    });
    var area = graph.xAxisRange();
    var mark = nearest(data.marks, x, (area[1] - area[0]) / 120, function (one) { return one[0]; });
    if (mark) say(hover, kinds[mark[1]][2] + ' ' + time(mark[0]) + (mark[1] === 'death' && mark[3] ? ', last: ' + data.names[mark[3]] : '') + ' ' + source(mark[4], mark[5]), mark[1] === 'death' || mark[1] === 'critical' ? 'bad' : 'warning');
  }

  // Text that can be read on lines and bands.
  function write(canvas, text, x, y) {
    var ink = canvas.fillStyle, line = canvas.strokeStyle;
    canvas.setLineDash([]);
    canvas.strokeStyle = color('--ground');
    canvas.lineWidth = 4;
    canvas.strokeText(text, x, y);
    canvas.lineWidth = 1;
    canvas.strokeStyle = line;
    canvas.fillStyle = ink;
    canvas.fillText(text, x, y);
  }

  var weight = { critical: 0, high: 1, spike: 2 };
  var inOrder = data.marks.slice().sort(function (a, b) { return (weight[a[1]] || 0) - (weight[b[1]] || 0) || (b[2] || 0) - (a[2] || 0); });

  function underlay(canvas, area, g) {
    canvas.save();
    canvas.beginPath();
    canvas.rect(area.x, area.y, area.w, area.h);
    canvas.clip();
    bands.forEach(function (band) {
      var left = g.toDomXCoord(band[0]), right = g.toDomXCoord(band[1]);
      if (right < area.x || left > area.x + area.w) return;
      var width = Math.max(1, right - left);
      canvas.fillStyle = bandColor(band[2]);
      // Many bands beside or over each other are a carpet: their strips tell the same.
      canvas.globalAlpha = bands.length > 80 || several ? 0 : 0.13;
      canvas.fillRect(left, area.y, width, area.h);
      canvas.globalAlpha = 0.85;
      canvas.fillRect(left, area.y + area.h - (several ? band[3] * (lane + 1) : 0) - lane, width, lane);
    });
    canvas.globalAlpha = 1;
    if (room > 0) {
      data.series.forEach(function (series, s) {
        canvas.fillStyle = palette[s % palette.length];
        canvas.fillRect(area.x, area.y + area.h - s * (lane + 1) - lane, 4, lane);
      });
    }
    canvas.font = '11px system-ui, sans-serif';
    canvas.lineWidth = 1;
    canvas.textBaseline = 'middle';
    var above = null, taken = 0;
    data.limits.slice().sort(function (a, b) { return b.mb - a.mb; }).forEach(function (limit) {
      var y = Math.round(g.toDomYCoord(limit.mb)) + 0.5;
      canvas.strokeStyle = canvas.fillStyle = color(limit.limit ? '--bad' : '--warning');
      canvas.setLineDash(limit.limit ? [] : [5, 4]);
      canvas.beginPath();
      canvas.moveTo(area.x, y);
      canvas.lineTo(area.x + area.w, y);
      canvas.stroke();
      var label = limit.name + ' ' + limit.mb.toFixed(0) + ' MB', width = canvas.measureText(label).width;
      canvas.textAlign = 'right';
      // A line close above has its name at the edge: this one stands beside it.
      taken = above !== null && y - above < 13 ? taken + 14 : 0;
      var ink = canvas.fillStyle;
      canvas.fillStyle = color('--ground');
      canvas.fillRect(area.x + area.w - 10 - taken - width, y - 6, width + 4, 12);
      canvas.fillStyle = ink;
      write(canvas, label, area.x + area.w - 8 - taken, y);
      taken += width;
      above = y;
    });
    canvas.textAlign = 'left';
    canvas.textBaseline = 'alphabetic';
    var drawn = [];
    inOrder.forEach(function (mark) {
      var x = g.toDomXCoord(mark[0]), kind = kinds[mark[1]];
      if (x < area.x || x > area.x + area.w) return;
      canvas.strokeStyle = canvas.fillStyle = color(kind[1]);
      if (mark[1] === 'restart' || mark[1] === 'death') {
        canvas.setLineDash(mark[1] === 'death' ? [] : [2, 3]);
        canvas.beginPath();
        canvas.moveTo(Math.round(x) + 0.5, area.y);
        canvas.lineTo(Math.round(x) + 0.5, area.y + area.h);
        canvas.stroke();
        write(canvas, kind[0], mark[1] === 'death' ? x - 10 : x + 3, area.y + 11);
        return;
      }
      // Where alerts lie over each other the worst is drawn; zooming in tells the others.
      var y = mark[2] === null ? area.y + 11 : Math.max(area.y + 10, g.toDomYCoord(mark[2]) - 6);
      if (drawn.some(function (one) { return Math.abs(one[0] - x) < 9 && Math.abs(one[1] - y) < 22; })) return;
      drawn.push([x, y]);
      canvas.textAlign = 'center';
      write(canvas, kind[0], x, y);
      canvas.textAlign = 'left';
    });
    canvas.restore();
  }

  // The legend of dygraphs writes style attributes, which a strict policy forbids; the readings stand above the curve.
  Dygraph.PLUGINS = Dygraph.PLUGINS.filter(function (plugin) { return plugin !== Dygraph.Plugins.Legend; });
  var graph = null, outside = [];
  function options() {
    document.documentElement.toggleAttribute('data-dark', matchMedia('(prefers-color-scheme: dark)').matches);
    return {
      axisLineColor: color('--line'), gridLineColor: color('--grid'), rangeSelectorPlotStrokeColor: color('--dim'), rangeSelectorPlotFillColor: color('--grid'),
      colors: data.series.length === 1 ? [color('--curve')] : palette
    };
  }
  // Days of a log without dates are counted, not those of a year.
  function dayLabel(d, granularity, opts) {
    return d.getTime() > 0 && d.getTime() % 864e5 === 0 ? 'day ' + d.getTime() / 864e5 : Dygraph.dateAxisLabelFormatter(d, granularity, opts);
  }
  function draw() {
    if (table.length === 0) {
      chart.textContent = 'no sample with a time';
      return;
    }
    var most = 0;
    data.series.forEach(function (series) { series.points.forEach(function (point) { most = Math.max(most, point[1]); }); });
    // A limit far above would press the curve to the ground: it is told in words.
    outside = data.limits.filter(function (limit) { return limit.mb > 2 * most; });
    data.limits = data.limits.filter(function (limit) { return limit.mb <= 2 * most; });
    data.limits.forEach(function (limit) { most = Math.max(most, limit.mb); });
    var undated = table[table.length - 1][0].getTime() < 400 * 864e5;
    var wanted = options(), top = most * 1.08, tall = Math.max(100, chart.clientHeight - 60 - room);
    graph = new Dygraph(chart, table, {
      labels: ['time'].concat(data.series.map(function (series) { return series.name; })),
      labelsUTC: true, legend: 'never', connectSeparatedPoints: true, strokeWidth: 1.4, highlightCircleSize: 4,
      fillGraph: data.series.length === 1, fillAlpha: 0.12, valueRange: [-top * room / tall, top], ylabel: '', rightGap: 10,
      showRangeSelector: true, rangeSelectorHeight: 34, rangeSelectorPlotStrokeColor: wanted.rangeSelectorPlotStrokeColor, rangeSelectorPlotFillColor: wanted.rangeSelectorPlotFillColor,
      colors: wanted.colors, axisLineColor: wanted.axisLineColor, gridLineColor: wanted.gridLineColor,
      axes: { x: undated ? { axisLabelFormatter: dayLabel } : {}, y: { axisLabelWidth: 64, axisLabelFormatter: function (mb, step) { return mb < 0 ? '' : mb.toFixed(most < 10 ? 1 : 0) + ' MB'; } } },
      highlightCallback: show, underlayCallback: underlay,
      drawCallback: function (g) { chart.setAttribute('data-drawn', String(g.numRows())); }
    });
    document.getElementById('reset').addEventListener('click', function () { graph.resetZoom(); });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', function () { graph.updateOptions(options()); });
    // Paper is narrower than a window, and what is drawn while a browser prints may be lost: the style shrinks it.
    var fit = function () { document.documentElement.style.setProperty('--shrink', String(Math.min(1, 680 / Math.max(1, chart.clientWidth)))); };
    fit();
    addEventListener('resize', fit);
  }

  function key(text, background) {
    var item = document.createElement('span'), box = document.createElement('i');
    item.className = 'key';
    box.style.background = background;
    item.appendChild(box);
    item.appendChild(document.createTextNode(text));
    keys.appendChild(item);
  }
  function explain() {
    if (several) {
      say(keys, 'lines:');
      data.series.forEach(function (series, s) { key(series.name, palette[s % palette.length]); });
      if (tasks.length > 0) say(keys, 'strips:');
    }
    tasks.slice(0, taskColors.length).forEach(function (task) { key(name(task), bandColor(task)); });
    if (tasks.length > taskColors.length) key((tasks.length - taskColors.length) + ' more', '#8b949e');
    var seen = {};
    data.marks.forEach(function (mark) { seen[mark[1]] = true; });
    Object.keys(seen).forEach(function (kind) { say(keys, kinds[kind][0] + ' ' + kinds[kind][2], kinds[kind][1].slice(2)); });
    var far = outside.filter(function (limit) { return limit.limit; })[0] || outside[0];
    if (far) say(keys, far.name + ' of ' + far.mb.toFixed(0) + ' MB: above the picture');
  }

  // ---- tables -------------------------------------------------------------------------------------------------------
  // `after 7m 47s` and `1d 4h` are lengths of time; null for anything else.
  function seconds(text) {
    var found = /^(?:after |within )?(?:(\d+)d ?)?(?:(\d+)h ?)?(?:(\d+)m ?)?(?:([\d.]+)s)?$/.exec(text);
    if (!found || !/\d/.test(text)) return null;
    return 86400 * (found[1] || 0) + 3600 * (found[2] || 0) + 60 * (found[3] || 0) + Number(found[4] || 0);
  }
  // Numbers first in their order, then words in theirs; what is missing comes last.
  function rankOf(cell) {
    var text = cell.textContent, number = cell.hasAttribute('data-v') ? Number(cell.getAttribute('data-v')) : seconds(text);
    return { number: number, text: text, kind: number !== null ? 0 : text === '-' ? 2 : 1 };
  }
  function compare(a, b) {
    if (a.kind === 0) return a.number - b.number;
    return a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
  }
  function sortable(header) {
    function sort() {
      var body = header.closest('table').tBodies[0], at = header.cellIndex, numbers = header.classList.contains('n');
      var up = header.getAttribute('aria-sort') === 'descending' || (header.getAttribute('aria-sort') === null && !numbers);
      Array.prototype.forEach.call(header.parentNode.cells, function (other) { other.removeAttribute('aria-sort'); });
      header.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      Array.prototype.slice.call(body.rows).map(function (row, i) {
        return { row: row, i: i, key: rankOf(row.cells[at]) };
      }).sort(function (a, b) {
        return a.key.kind - b.key.kind || (up ? 1 : -1) * compare(a.key, b.key) || a.i - b.i;
      }).forEach(function (one) { body.appendChild(one.row); });
    }
    header.tabIndex = 0;
    header.addEventListener('click', sort);
    header.addEventListener('keydown', function (event) { if (event.key === 'Enter') sort(); });
  }
  Array.prototype.forEach.call(document.querySelectorAll('th'), sortable);
  draw();
  explain();
}());
