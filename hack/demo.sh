#!/usr/bin/env bash
# The demo: a real cluster, the operator beside it, the samples on it, and, where this machine can run pods, two servers that are called.
#   hack/demo.sh up      start it, or apply the samples again to the one that runs
#   hack/demo.sh down    stop it and leave nothing running
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly cluster=demo
readonly operator=operator/McpOperator.Host/bin/Release/net10.0/mcp-operator.dll
state=${XDG_STATE_HOME:-$HOME/.local/state}/mcp-operator/demo
readonly state

node= # whether pods run
registry=
api_server=
everything= # the reference of an image
proxy=

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

write_config() {
  if [[ -z $node ]]; then cat hack/demo/config.yaml; return; fi
  sed "s|REGISTRY|$registry|; s|PROXY_IMAGE|$proxy|; s|API_ADDRESS|${api_server%:*}|; s|API_PORT|${api_server#*:}|" hack/demo/config.node.yaml
}

start_operator() {
  mkdir -p "$state"
  write_config >"$state/config.yaml"
  setsid dotnet "$operator" run --kubeconfig "$(hack/cluster.sh kubeconfig --name "$cluster")" --config "$state/config.yaml" \
    --leader-election false --webhook-address 127.0.0.1:18443 --webhook-url https://127.0.0.1:18443 --health-address 127.0.0.1:18481 --metrics-address 127.0.0.1:18480 \
    </dev/null >"$state/operator.log" 2>&1 &
  echo $! >"$state/operator.pid"
  for _ in {1..150}; do
    sleep 0.2 # also until the process bears its own name
    if hack/is-ready.sh 18481; then return 0; fi
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

# With a node where that is possible; the control plane alone shows everything but running pods.
start_cluster() {
  local info status=0
  info=$(hack/cluster.sh up --name "$cluster" --node) || status=$?
  if ((status == 4)); then
    echo "    so no pods run here: this demo shows what is made, not what answers"
    info=$(hack/cluster.sh up --name "$cluster")
  elif ((status != 0)); then
    return 1
  fi
  registry=$(sed -n 's/^MCP_CLUSTER_REGISTRY=//p' <<<"$info")
  api_server=$(sed -n 's/^MCP_CLUSTER_API_SERVER=//p' <<<"$info")
  [[ -z $registry ]] || node=yes
}

push_images() {
  local archives
  say "Making images without a container engine, and pushing them to the cluster's registry"
  mapfile -t archives < <(hack/images.sh mcp-proxy everything | cut -d' ' -f3)
  ((${#archives[@]} == 2)) || return 1
  while IFS='=' read -r name reference; do
    echo "    $reference"
    case $name in
      mcp-proxy) proxy=$reference ;;
      everything) everything=$reference ;;
    esac
  done < <(hack/cluster.sh push --name "$cluster" "${archives[@]}")
}

# Two servers from npm run as pods, and an agent, a pod as well, calls them by the addresses that their status tells.
show_pods() {
  local server url
  say "Two servers that run: the reference server from npm, over HTTP and over stdio"
  sed "s|EVERYTHING|$everything|" hack/demo/servers.yaml | kube apply -n team-a -f - | sed 's/^/    /'
  kube create configmap agent -n team-a --from-file=hack/demo/agent.mjs --dry-run=client -o yaml | kube apply -f - >/dev/null
  sed "s|EVERYTHING|$everything|" hack/demo/agent.yaml | kube apply -n team-a -f - >/dev/null
  kube wait -n team-a --for=condition=Ready pod/agent mcpserver/over-http mcpserver/over-stdio --timeout=120s >/dev/null ||
    { kube get mcpservers,pods -n team-a; kube describe mcpservers -n team-a over-http over-stdio | tail -40; return 1; }
  kube get pods -n team-a -l 'app.kubernetes.io/managed-by=mcp-operator,mcpoperator.io/server in (over-http, over-stdio)'

  for server in over-http over-stdio; do
    url=$(kube get mcpserver -n team-a "$server" -o 'jsonpath={.status.url}')
    say "An agent talks to $server ($url); its filter leaves three of the server's tools"
    agent "$url"
    agent "$url" get-sum '{"a": 40, "b": 2}'
    agent "$url" get-env
  done

  say "What Prometheus scrapes of over-stdio, at the address that its ServiceMonitor leads to"
  scrape over-stdio | grep -E '^mcp_proxy_(requests_total|denials_total|active_connections)' | sed 's/^/    /'
  echo "    (NetworkPolicies stand before every pod, but nothing on this demo's node enforces them.)"
}

agent() { kube exec -n team-a agent -- /usr/local/bin/node /app/agent/agent.mjs "$@" | sed 's/^/    /'; }

scrape() { # SERVER
  local address
  address=$(kube get endpoints -n team-a "$1-mcp-metrics" -o 'jsonpath={.subsets[0].addresses[0].ip}/{.subsets[0].ports[0].port}')
  exec 3<>"/dev/tcp/$address"
  printf 'GET /metrics HTTP/1.0\r\n\r\n' >&3
  cat <&3
  exec 3>&-
}

up() {
  local name reference
  say "A real Kubernetes cluster"
  start_cluster

  say "Building the operator"
  dotnet build operator/McpOperator.Host -c Release --nologo -v quiet -clp:NoSummary
  if [[ -n $node ]]; then push_images; fi

  say "Installing: our CRDs, and Knative's and the Prometheus Operator's (definitions only: neither runs here)"
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

  if [[ -n $node ]]; then show_pods; fi

  cat <<TEXT

The demo runs on. Look around:
    export KUBECONFIG=$(hack/cluster.sh kubeconfig --name "$cluster")
    hack/cluster.sh kubectl --name $cluster get mcp -A
    hack/cluster.sh kubectl --name $cluster edit mcptoolconfig -n team-a openshift-tool-filter    # then look at the policy:
    hack/cluster.sh kubectl --name $cluster get configmap -n team-a -l mcpoperator.io/server=openshift,mcpoperator.io/role=policy -o yaml
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
