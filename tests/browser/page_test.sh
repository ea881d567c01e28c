#!/usr/bin/env bash
# Opens pages of `memlog report --html` in a headless Chromium, as a file and under their own content security policy:
# nothing on the console, the curve drawn, the readings under the pointer shown, tables sorted on a click, text of the
# log nothing but text. Exits with 77 where there is no Chromium.
#
#   page_test.sh MEMLOG TESTDATA
set -euo pipefail
memlog=$1
testdata=$2
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$browser" ]; then
  echo "no Chromium: skipped"
  [ "${MEMLOG_NEED_BROWSER:-0}" = 0 ] && exit 77
  exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $1" >&2
  [ -z "${2:-}" ] || sed 's/^/  /' "$2" | cut -c1-300 | head -40 >&2
  exit 1
}

# The page after its scripts have run, and what they said on the console.
open_page() {
  timeout 90 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$work/profile" --window-size=1200,900 \
    --virtual-time-budget=5000 --enable-logging=stderr --dump-dom "file://$1" > "$work/dom" 2> "$work/log" || fail "the browser did not open $1" "$work/log"
  if grep -q 'CONSOLE' "$work/log"; then
    grep 'CONSOLE' "$work/log" > "$work/console"
    fail "something on the console" "$work/console"
  fi
}

# A log whose names try to be markup.
hostile="$work/hostile.log"
for i in $(seq 10 59); do
  echo "2025-11-16 08:$i:00 --- [</script><img src=x onerror=document.title=1> \"'&] | RSS:  2$i.0 MB | VMS:  512.1 MB | System Available: 1024.5 MB (50.2% free)"
done > "$hostile"

for name in daily telegram celery hostile; do
  case $name in
    daily) logs=("$testdata"/daily/memory_*.log) ;;
    telegram) logs=("$testdata/telegram-v1/memory_debug.log") ;;
    celery) logs=("$testdata/celery/worker.log") ;;
    hostile) logs=("$hostile") ;;
  esac
  page="$work/$name.html"
  "$memlog" report --html "$page" "${logs[@]}"
  [ "$(stat -c %s "$page")" -lt 1048576 ] || fail "$name: the page has a megabyte or more"
  ! grep -qE '(src|href)="?(https?:)?//' "$page" || fail "$name: the page names something on a network"

  open_page "$page"
  grep -q 'data-drawn="[1-9]' "$work/dom" || fail "$name: no curve drawn" "$work/log"
  ! grep -qE '<img[^>]*(onerror|src=.?x)' "$work/dom" || fail "$name: text of the log became an element"

  # Once more with a visitor: it moves over the curve and clicks on a heading. The policy would not let it in.
  visited="$work/$name.visited.html"
  sed '/<meta http-equiv="Content-Security-Policy"/d' "$page" > "$visited"
  cat >> "$visited" <<'VISITOR'
<script>
addEventListener('load', function () {
  var canvas = document.querySelectorAll('#chart canvas')[1], box = canvas.getBoundingClientRect();
  canvas.dispatchEvent(new MouseEvent('mousemove', { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2, bubbles: true }));
  var heading = Array.from(document.querySelectorAll('th')).find(function (th) { return th.textContent === 'COUNT'; });
  var column = function () { return Array.from(heading.closest('table').tBodies[0].rows).map(function (row) { return Number(row.cells[heading.cellIndex].textContent); }); };
  heading.click();
  var down = column();
  heading.click();
  var up = column();
  var sorted = function (list, sign) { return list.every(function (n, i) { return i === 0 || sign * (n - list[i - 1]) >= 0; }); };
  var time = Array.from(document.querySelectorAll('th.n')).find(function (th) { return th.textContent === 'TIME'; }), times = '';
  if (time) {
    time.click();
    times = Array.from(time.closest('table').tBodies[0].rows).map(function (row) { return row.cells[time.cellIndex].textContent; }).join();
  }
  var out = document.createElement('p');
  out.id = 'visitor';
  out.textContent = 'hover=' + document.getElementById('hover').textContent + ' sorted=' + (sorted(down, -1) && sorted(up, 1)) + ' times=' + times;
  document.body.appendChild(out);
});
</script>
VISITOR
  open_page "$visited"
  grep -o '<p id="visitor">[^<]*' "$work/dom" > "$work/said" || fail "$name: the visitor could not look around" "$work/log"
  grep -qE 'hover=20[0-9]{2}-[0-9]{2}-[0-9]{2} .*[0-9]\.[0-9] MB.*\.log:[0-9]+' "$work/said" || fail "$name: no reading under the pointer" "$work/said"
  grep -q 'sorted=true' "$work/said" || fail "$name: a click does not sort" "$work/said"
  # Lengths of time are sorted as such.
  [ "$name" != telegram ] || grep -q 'times=4h 58m,2h 2m,7m 11s,37s' "$work/said" || fail "$name: lengths of time are not sorted" "$work/said"
  echo "$name: $(cat "$work/said" | cut -c1-160)"
done
