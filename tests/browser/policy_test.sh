#!/usr/bin/env bash
# The hashes in a page's content security policy are those of its script and its style.
#
#   policy_test.sh MEMLOG TESTDATA
set -euo pipefail
page=$(mktemp)
trap 'rm -f "$page"' EXIT
"$1" report --html "$page" "$2/telegram-v1/memory_debug.log"

# The text of the last <ELEMENT>: nothing is before or behind it in a line of its own kind.
hash_of() { perl -0777 -ne '@all = /<'"$1"'>(.*?)<\/'"$1"'>/sg; print $all[-1]' "$page" | sha256sum | cut -d' ' -f1 | tr a-f A-F | basenc --base16 -d | base64 -w0; }

for element in script style; do
  hash=$(hash_of "$element")
  grep -qF "$element-src 'sha256-$hash'" "$page" || { echo "$element: the policy does not name sha256-$hash" >&2; exit 1; }
done
