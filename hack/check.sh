#!/usr/bin/env bash
# What has to be clean before a commit. Every finding names the command that mends it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

status=0
step() { # WHAT FIX COMMAND...
  local what=$1 fix=$2
  shift 2
  printf '==> %s\n' "$what"
  "$@" || { printf '!!! %s failed; %s\n' "$what" "$fix" >&2; status=1; }
}

step "format" "run: make fmt" dotnet format whitespace . --folder --verify-no-changes --exclude artifacts
step "build with analyzers as errors" "mend what is listed above" dotnet build McpOperator.sln -c Release --nologo -v quiet -clp:NoSummary
step "generated CRDs are current" "run: make generate" dotnet run --project crds/McpOperator.CrdGen -c Release --no-build -- . --check
step "generated roles and chart are current" "run: make generate" dotnet run --project charts/McpOperator.ChartGen -c Release --no-build -- . --check
if command -v shellcheck >/dev/null; then
  mapfile -t scripts < <(git ls-files -- '*.sh' .ci/run)
  step "shell scripts" "mend what is listed above" shellcheck -x "${scripts[@]}"
else
  printf '==> shell scripts: skipped, shellcheck is not installed (apt-get install shellcheck)\n'
fi
exit $status
