#!/usr/bin/env bash
# Runs the tests project by project, so that one is seen to end before the next begins, and sums up in one last line.
#   hack/test.sh [NAME ...]     only projects whose name contains one of NAMEs
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '==> %s\n' "$*"; }

results=artifacts/test-results
rm -rf "$results"
mkdir -p "$results"

say "building"
dotnet build McpOperator.sln -c Release --nologo -v quiet -clp:NoSummary

projects=()
for project in test/*.Tests; do
  if (($# == 0)); then projects+=("$project"); fi
  for wanted in "$@"; do [[ $project != *"$wanted"* ]] || projects+=("$project"); done
done

# The control plane is built before the tests are timed; with a filled cache this takes no time.
if [[ " ${projects[*]} " =~ Integration|Charts|Cli|Docs ]]; then
  say "making sure that a control plane can be started"
  hack/cluster.sh build
fi

passed=0 failed=0 skipped=0 broken=()
count() { sed -n "s/.*<Counters [^>]*\b$2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1; }
# Each test that failed, with the first line of what it said.
failures() { awk 'match($0, /<UnitTestResult .*outcome="Failed"/) && match($0, /testName="[^"]*"/) { name = substr($0, RSTART + 10, RLENGTH - 11) }
  name && match($0, /<Message>.*/) { print name ": " substr($0, RSTART + 9, 300); name = "" }' "$1" |
  sed 's/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&amp;/\&/g'; }
for project in "${projects[@]}"; do
  name=$(basename "$project")
  say "$name"
  began=$SECONDS
  status=0
  dotnet test "$project" -c Release --no-build --nologo -v quiet \
    --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" --results-directory "$results" || status=$?
  trx=$results/$name.trx
  if [[ -s $trx ]]; then
    good=$(count "$trx" passed) bad=$(count "$trx" failed) all=$(count "$trx" total)
    if ((bad > 0)); then while IFS= read -r line; do broken+=("$name: $line"); done < <(failures "$trx"); fi
    passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + all - good - bad))
  fi
  # A test host that dies leaves no count, and must not look like success.
  if ((status != 0)) && { [[ ! -s $trx ]] || ((bad == 0)); }; then failed=$((failed + 1)) broken+=("$name: the tests did not run to their end"); fi
  say "$name: $((SECONDS - began)) s"
done

# Once more, so that nobody searches half an hour of output for them.
for line in "${broken[@]}"; do say "FAILED $line"; done
if ((skipped > 0)); then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
((failed == 0 && passed > 0))
