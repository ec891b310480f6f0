#!/usr/bin/env bash
# The demo: a real API server, the operator beside it, the samples on it.
#   hack/demo.sh up      start it, or apply the samples again to the one that runs
#   hack/demo.sh down    stop it and leave nothing running
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly cluster=demo
readonly operator=operator/McpOperator.Host/bin/Release/net10.0/mcp-operator.dll
state=${XDG_STATE_HOME:-$HOME/.local/state}/mcp-operator/demo
readonly state

say() { printf '\n==> %s\n' "$*"; }
kube() { hack/cluster.sh kubectl --name "$cluster" "$@"; }

operator_pid() {
  local pid
  pid=$(cat "$state/operator.pid" 2>/dev/null) || return 1
  # A number alone could be somebody else's process by now.
  tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q "$operator run" && printf '%s\n' "$pid"
}

stop_operator() {
  local pid
  pid=$(operator_pid) || return 0
  kill -TERM "$pid"
  for _ in {1..100}; do
    operator_pid >/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$pid"
}

# By the shell's own means: a fresh machine may have no curl.
is_ready() {
  local answer
  { exec 3<>/dev/tcp/127.0.0.1/18481; } 2>/dev/null || return 1
  printf 'GET /readyz HTTP/1.0\r\n\r\n' >&3
  IFS= read -r -t 5 answer <&3 || answer=
  exec 3>&-
  [[ $answer == *" 200 "* ]]
}

start_operator() {
  mkdir -p "$state"
  cp hack/demo/config.yaml "$state/config.yaml"
  setsid dotnet "$operator" run --kubeconfig "$(hack/cluster.sh kubeconfig --name "$cluster")" --config "$state/config.yaml" \
    --leader-election false --webhook-address 127.0.0.1:18443 --webhook-url https://127.0.0.1:18443 --health-address 127.0.0.1:18481 --metrics-address 127.0.0.1:18480 \
    </dev/null >"$state/operator.log" 2>&1 &
  echo $! >"$state/operator.pid"
  for _ in {1..150}; do
    sleep 0.2 # also until the process bears its own name
    if is_ready; then return 0; fi
    if ! operator_pid >/dev/null; then
      sed 's/^/    | /' "$state/operator.log" >&2
      echo "the operator has ended; its log is above" >&2
      return 1
    fi
  done
  echo "the operator does not start; see $state/operator.log" >&2
  return 1
}

# Waits until the operator has looked at the newest spec of every server.
wait_for_reports() {
  local late
  for _ in {1..150}; do
    late=$(kube get mcpservers -A --no-headers -o custom-columns='G:.metadata.generation,O:.status.observedGeneration' | awk '$1 != $2' | wc -l)
    if ((late == 0)); then return 0; fi
    sleep 0.2
  done
  echo "the operator has not looked at every server; see $state/operator.log" >&2
  return 1
}

up() {
  say "A real Kubernetes API server"
  hack/cluster.sh up --name "$cluster" >/dev/null

  say "Building the operator"
  dotnet build operator/McpOperator.Host -c Release --nologo -v quiet -clp:NoSummary

  say "Installing: our CRDs, and Knative's and the Prometheus Operator's (definitions only: no pods run here, so neither does Knative)"
  # Old API servers and kubectls know no CEL rules and would refuse the whole CRD for them.
  dotnet "$operator" crds | kube apply --validate=false -f - | sed 's/^/    /'
  kube apply -f hack/cluster/crds | sed 's/^/    /'
  kube wait --for=condition=Established crd --all --timeout=30s >/dev/null
  for ns in mcp-operator-system team-a team-b; do kube create namespace "$ns" 2>/dev/null | sed 's/^/    /' || true; done

  say "Starting the operator (log: $state/operator.log)"
  stop_operator
  start_operator
  echo "    $(grep -m1 'works with' "$state/operator.log" | cut -d' ' -f3-)"

  say "Applying the samples: the ToolHive lab's servers for team-a, some that must not run for team-b"
  kube apply -n team-a -k config/samples/lab | sed 's/^/    /'
  # The API server says no to two of these, and why; the third is only waiting for something.
  kube apply -n team-b -f hack/demo/refused.yaml 2>&1 | sed 's/^/    /' || true
  wait_for_reports

  say "The servers"
  kube get mcpservers -A

  say "What was made of them"
  kube get services.serving.knative.dev,deployments,services,networkpolicies,servicemonitors,configmaps,secrets,serviceaccounts,roles,rolebindings \
    -A -l app.kubernetes.io/managed-by=mcp-operator,mcpoperator.io/server 2>/dev/null \
    -o custom-columns='NAMESPACE:.metadata.namespace,SERVER:.metadata.labels.mcpoperator\.io/server,KIND:.kind,NAME:.metadata.name,API:.apiVersion' |
    { read -r head && echo "$head" && sort; }

  say "What waits, and for what (what was refused has been seen above: it never got in)"
  kube get mcpservers -n team-b -o custom-columns='SERVER:.metadata.name,WHY:.status.conditions[0].message'

  cat <<TEXT

The demo runs on. Look around:
    export KUBECONFIG=$(hack/cluster.sh kubeconfig --name "$cluster")
    hack/cluster.sh kubectl --name $cluster get mcp -A
    hack/cluster.sh kubectl --name $cluster edit mcptoolconfig -n team-a openshift-tool-filter    # then look at the policy:
    hack/cluster.sh kubectl --name $cluster get configmap -n team-a openshift-mcp-policy -o yaml
    curl http://127.0.0.1:18480/metrics
and stop it with: make demo-down
TEXT
}

down() {
  stop_operator
  rm -rf "$state"
  hack/cluster.sh down --name "$cluster"
}

case ${1:-} in
  up) up ;;
  down) down ;;
  *) echo "usage: hack/demo.sh up|down" >&2; exit 2 ;;
esac
