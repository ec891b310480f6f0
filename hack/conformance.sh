#!/usr/bin/env bash
# Runs the protocol's conformance suite, in the versions 0.1.16 (up to 2025-11-25) and 0.2.0-alpha.12 (with 2026-07-28), and prints a table.
#   hack/conformance.sh URL                    any server
#   hack/conformance.sh direct                 the fixture server itself: what passes here must pass everywhere else
#   hack/conformance.sh bridge|proxy|both      through the bridge (stdio), the proxy (HTTP), and both together
#   hack/conformance.sh compare NAME...        direct and each of NAMEs; fails if anything is worse than direct
# Details of every check lie in artifacts/conformance/<name>.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

out=artifacts/conformance
scenarios_limit=60000 # milliseconds for one scenario
pids=()

say() { printf '==> %s\n' "$*" >&2; }
die() { printf 'conformance.sh: %s\n' "$*" >&2; exit 1; }

stop_all() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  pids=()
}
trap stop_all EXIT

start() { # LOG COMMAND...
  local log=$1
  shift
  "$@" >"$log" 2>&1 </dev/null &
  pids+=($!)
}

free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)) && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  printf '%s\n' "$port"
}

wait_for_port() { # PORT LOG
  local i
  for ((i = 0; i < 200; i++)); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return 0; fi
    sleep 0.1
  done
  tail -n 20 "$2" >&2
  die "nothing listens on port $1; the log is above"
}

# start_target NAME -> url
start_target() {
  local folder=$out/$1 server bridge
  case $1 in
    http://* | https://*) url=$1 ;;
    direct)
      server=$(free_port)
      start "$folder/server.log" "$node" test/fixture-server/server.mjs http --port "$server"
      wait_for_port "$server" "$folder/server.log"
      url=http://127.0.0.1:$server/mcp
      ;;
    bridge)
      bridge=$(free_port)
      start "$folder/bridge.log" "${proxy[@]}" bridge "--listen=127.0.0.1:$bridge" --processes=session -- \
        "$node" test/fixture-server/server.mjs stdio
      wait_for_port "$bridge" "$folder/bridge.log"
      url=http://127.0.0.1:$bridge/mcp
      ;;
    proxy) start_target direct; start_proxy "$folder" "$url" ;;
    both) start_target bridge; start_proxy "$folder" "$url" ;;
    *) die "no such target: $1" ;;
  esac
}

# The policy is the one that the operator would compile.
start_proxy() { # FOLDER UPSTREAM -> url
  local port metrics i
  dotnet operator/McpOperator.Host/bin/Release/net10.0/mcp-operator.dll render -f hack/conformance/server.yaml --config hack/conformance/config.yaml -o json |
    "$node" -e 'const made = JSON.parse(require("fs").readFileSync(0)); const all = made.items ?? made;
      console.log([].concat(all).find(o => o.kind === "ConfigMap").data["policy.json"])' >"$1/policy.json"
  port=$(free_port) metrics=$(free_port)
  start "$1/proxy.log" "${proxy[@]}" serve --namespace=conformance "--policy-file=$1/policy.json" \
    "--listen=127.0.0.1:$port" "--metrics-listen=127.0.0.1:$metrics" "--upstream=$2" --upstream-transport=streamable-http
  wait_for_port "$port" "$1/proxy.log"
  # A Service sends it nothing before that.
  for ((i = 0; i < 100; i++)); do
    if hack/is-ready.sh "$metrics"; then break; fi
    sleep 0.1
  done
  url=http://127.0.0.1:$port/mcp
}

# Before a target of its own: the suite's clients leave sessions behind, and a bridge has only so many processes.
suite() { # TARGET NAME RUN PACKAGE OPTION...: writes a line "SCENARIO PASSED FAILED" for each scenario
  local target=$1 name=$2 run=$3 package=$4 url
  shift 4
  start_target "$target"
  "$node" "test/clients/node_modules/$package/dist/index.js" server --url "$url" "$@" -o "$out/$name/$run" >"$out/$name/$run.log" 2>&1 || true
  sed -n 's/^[✓✗] \([a-z0-9-]*\): \([0-9]*\) passed, \([0-9]*\) failed.*/\1 \2 \3/p' "$out/$name/$run.log" >"$out/$name/$run.txt"
  [[ -s $out/$name/$run.txt ]] || { tail -n 20 "$out/$name/$run.log" >&2; die "the suite did not run"; }
  stop_all
}

# The suite asks for tasks as well, an extension that the official SDK does not serve and that the revision does not score.
total() { # FILE -> "PASSED / FAILED"
  awk '$1 !~ /^tasks-/ { p += $2; f += $3 } END { printf "%d / %d", p, f }' "$1"
}

run() { # NAME
  local name=$1 folder=$out/$1
  [[ $name != *://* ]] || name=url
  folder=$out/$name
  rm -rf "$folder"
  mkdir -p "$folder" "$out/direct" "$out/bridge"
  say "$1: 0.1.16"
  suite "$1" "$name" 2025-11-25 conformance-0.1
  say "$1: 0.2.0-alpha.12"
  suite "$1" "$name" active conformance-0.2 --timeout "$scenarios_limit"
  say "$1: 0.2.0-alpha.12, what 2026-07-28 requires"
  suite "$1" "$name" 2026-07-28 conformance-0.2 --requirements 2026-07-28 --timeout "$scenarios_limit"
  printf '| %-8s | %-9s | %-15s | %-10s |\n' "$name" "$(total "$folder/2025-11-25.txt")" "$(total "$folder/active.txt")" "$(total "$folder/2026-07-28.txt")"
}

worse() { # NAME: scenarios in which it passes less than direct does
  local file
  for file in 2025-11-25 active 2026-07-28; do
    awk -v run="$file" 'NR == FNR { passed[$1] = $2; failed[$1] = $3; next }
      { seen[$1] = 1 } $2 < passed[$1] || $3 > failed[$1] { printf "%s: %s (%d passed and %d failed, direct %d and %d)\n", run, $1, $2, $3, passed[$1], failed[$1] }
      END { for (s in passed) if (!(s in seen)) printf "%s: %s did not run\n", run, s }' "$out/direct/$file.txt" "$out/$1/$file.txt"
  done
}

(($#)) || { sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2; }
node=$(hack/test-clients.sh | tail -n 1)
read -ra proxy <<<"${MCP_PROXY:-}"
if ((${#proxy[@]} == 0)); then proxy=(dotnet operator/McpOperator.Proxy/bin/Release/net10.0/mcp-proxy.dll); fi

say "building what it runs"
dotnet build operator/McpOperator.Host -c Release --nologo -v quiet -clp:NoSummary >&2
dotnet build operator/McpOperator.Proxy -c Release --nologo -v quiet -clp:NoSummary >&2

targets=("$@")
if [[ $1 == compare ]]; then targets=(direct "${@:2}"); fi
printf '| passed / failed | 0.1.16 | 0.2.0-alpha.12 | 2026-07-28 |\n|---|---|---|---|\n'
for target in "${targets[@]}"; do run "$target"; done
if [[ $1 == compare ]]; then
  found=
  for target in "${@:2}"; do
    bad=$(worse "$target")
    if [[ -n $bad ]]; then
      printf '%s is worse than direct:\n%s\n' "$target" "$bad" | sed '2,$s/^/    /'
      found=yes
    fi
  done
  [[ -z $found ]]
fi
