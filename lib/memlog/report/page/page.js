(function () {
  'use strict';
  var data = JSON.parse(document.getElementById('data').textContent);
  var chart = document.getElementById('chart');
  var hover = document.getElementById('hover');
  var keys = document.getElementById('keys');
  var palette = ['#0969da', '#bc4c00', '#1a7f37', '#8250df', '#bf3989', '#9a6700', '#1b7c83', '#cf222e'];
  var kinds = { restart: ['R', '--dim', 'start'], death: ['X', '--bad', 'death'], critical: ['\u25bc', '--bad', 'critical alert'], high: ['\u25bc', '--warning', 'high alert'], spike: ['\u25b2', '--curve', 'spike'] };

  function color(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }
  function bandColor(task) { return 'hsl(' + (task * 67 + 20) % 360 + ' 65% 55%)'; }
  function name(i) { return data.names[i] || ''; }
  function source(input, line) { return (data.inputs[input] || '?') + ':' + line; }
  function two(n) { return (n < 10 ? '0' : '') + n; }
  // The log's own clock: no zone is invented.
  function time(ms) {
    var d = new Date(ms);
    return d.getUTCFullYear() + '-' + two(d.getUTCMonth() + 1) + '-' + two(d.getUTCDate()) + ' ' + two(d.getUTCHours()) + ':' + two(d.getUTCMinutes()) + ':' + two(d.getUTCSeconds());
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
  if (data.series.length === 1) {
    data.marks.forEach(function (mark) {
      if (mark[1] === 'restart' && !rows[mark[0] - 1]) rows[mark[0] - 1] = [new Date(mark[0] - 1), NaN];
    });
  }
  var table = Object.keys(rows).map(Number).sort(function (a, b) { return a - b; }).map(function (t) { return rows[t]; });

  // A log that marks no runs tells its tasks by the readings' labels.
  var bands = data.bands;
  if (bands.length === 0 && data.series.length > 0) {
    var points = data.series[0].points, open = null;
    points.forEach(function (point, i) {
      var idle = !point[2] || /^idle$/i.test(name(point[2]));
      if (open && point[2] !== open[2]) { open[1] = point[0]; bands.push(open); open = null; }
      if (!open && !idle && i + 1 < points.length) open = [point[0], point[0], point[2]];
    });
  }

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
    if (mark) say(hover, kinds[mark[1]][2] + ' ' + time(mark[0]) + ' ' + source(mark[4], mark[5]), mark[1] === 'death' || mark[1] === 'critical' ? 'bad' : 'warning');
  }

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
      // Bands of several processes lie over each other: only their strip can be read then.
      canvas.globalAlpha = bands.length > 80 || data.series.length > 1 ? 0 : 0.13;
      canvas.fillRect(left, area.y, width, area.h);
      canvas.globalAlpha = 0.8;
      canvas.fillRect(left, area.y + area.h - 7, width, 7);
    });
    canvas.globalAlpha = 1;
    canvas.font = '11px system-ui, sans-serif';
    data.limits.forEach(function (limit) {
      var y = g.toDomYCoord(limit.mb);
      canvas.strokeStyle = canvas.fillStyle = color(limit.limit ? '--bad' : '--warning');
      canvas.setLineDash(limit.limit ? [] : [5, 4]);
      canvas.beginPath();
      canvas.moveTo(area.x, y);
      canvas.lineTo(area.x + area.w, y);
      canvas.stroke();
      canvas.textAlign = limit.limit ? 'left' : 'right';
      canvas.fillText(limit.name + ' ' + limit.mb.toFixed(0) + ' MB', limit.limit ? area.x + 18 : area.x + area.w - 5, y - 4);
      canvas.textAlign = 'left';
    });
    data.marks.forEach(function (mark) {
      var x = g.toDomXCoord(mark[0]), kind = kinds[mark[1]];
      if (x < area.x || x > area.x + area.w) return;
      canvas.strokeStyle = canvas.fillStyle = color(kind[1]);
      var life = mark[1] === 'restart' || mark[1] === 'death';
      canvas.setLineDash(mark[1] === 'death' ? [] : [2, 3]);
      if (life) {
        canvas.beginPath();
        canvas.moveTo(x, area.y);
        canvas.lineTo(x, area.y + area.h);
        canvas.stroke();
        canvas.fillText(kind[0], mark[1] === 'death' ? x - 10 : x + 3, area.y + 11);
      } else {
        var y = mark[2] === null ? area.y + 11 : g.toDomYCoord(mark[2]) - 6;
        canvas.textAlign = 'center';
        canvas.fillText(kind[0], x, y);
        canvas.textAlign = 'left';
      }
    });
    canvas.restore();
  }

  // The legend of dygraphs writes style attributes, which a strict policy forbids; the readings stand above the curve.
  Dygraph.PLUGINS = Dygraph.PLUGINS.filter(function (plugin) { return plugin !== Dygraph.Plugins.Legend; });
  var graph = null;
  function options() {
    return {
      axisLineColor: color('--line'), gridLineColor: color('--grid'),
      colors: data.series.length === 1 ? [color('--curve')] : palette
    };
  }
  function draw() {
    if (table.length === 0) {
      chart.textContent = 'no sample with a time';
      return;
    }
    var most = 0;
    data.series.forEach(function (series) { series.points.forEach(function (point) { most = Math.max(most, point[1]); }); });
    data.limits = data.limits.filter(function (limit) { return limit.mb <= 2 * most; });
    data.limits.forEach(function (limit) { most = Math.max(most, limit.mb); });
    var wanted = options();
    graph = new Dygraph(chart, table, {
      labels: ['time'].concat(data.series.map(function (series) { return series.name; })),
      labelsUTC: true, legend: 'never', connectSeparatedPoints: true, strokeWidth: 1.4, highlightCircleSize: 4,
      fillGraph: data.series.length === 1, fillAlpha: 0.12, valueRange: [0, most * 1.08], ylabel: '', rightGap: 10,
      showRangeSelector: true, rangeSelectorHeight: 34, rangeSelectorPlotStrokeColor: color('--dim'), rangeSelectorPlotFillColor: color('--grid'),
      colors: wanted.colors, axisLineColor: wanted.axisLineColor, gridLineColor: wanted.gridLineColor,
      axes: { y: { axisLabelWidth: 64, axisLabelFormatter: function (mb) { return mb.toFixed(0) + ' MB'; } } },
      highlightCallback: show, underlayCallback: underlay,
      drawCallback: function (g) { chart.setAttribute('data-drawn', String(g.numRows())); }
    });
    document.getElementById('reset').addEventListener('click', function () { graph.resetZoom(); });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', function () { graph.updateOptions(options()); });
  }

  function key(text, background) {
    var item = document.createElement('span'), box = document.createElement('i');
    box.style.background = background;
    item.appendChild(box);
    item.appendChild(document.createTextNode(text));
    keys.appendChild(item);
  }
  function explain() {
    if (data.series.length > 1) data.series.forEach(function (series, s) { key(series.name, palette[s % palette.length]); });
    var time_of = {};
    bands.forEach(function (band) { time_of[band[2]] = (time_of[band[2]] || 0) + band[1] - band[0]; });
    Object.keys(time_of).sort(function (a, b) { return time_of[b] - time_of[a]; }).slice(0, 12).forEach(function (task) { key(name(task), bandColor(Number(task))); });
    var seen = {};
    data.marks.forEach(function (mark) { seen[mark[1]] = true; });
    Object.keys(seen).forEach(function (kind) { say(keys, kinds[kind][0] + ' ' + kinds[kind][2]); });
  }

  // ---- tables -------------------------------------------------------------------------------------------------------
  function sortable(header) {
    header.addEventListener('click', function () {
      var body = header.closest('table').tBodies[0], at = header.cellIndex, numbers = header.classList.contains('n');
      var down = header.getAttribute('aria-sort') === 'descending' || (header.getAttribute('aria-sort') === null && !numbers);
      Array.prototype.forEach.call(header.parentNode.cells, function (other) { other.removeAttribute('aria-sort'); });
      header.setAttribute('aria-sort', down ? 'ascending' : 'descending');
      Array.prototype.slice.call(body.rows).map(function (row, i) {
        var cell = row.cells[at], text = cell.textContent, value = parseFloat(cell.getAttribute('data-v') || text);
        return { row: row, i: i, value: numbers ? (isNaN(value) ? -Infinity : value) : text };
      }).sort(function (a, b) {
        var order = a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
        return (down ? order : -order) || a.i - b.i;
      }).forEach(function (one) { body.appendChild(one.row); });
    });
  }
  Array.prototype.forEach.call(document.querySelectorAll('th'), sortable);
  draw();
  explain();
}());
