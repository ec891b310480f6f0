#!/usr/bin/env bash
# Checks the cluster scripts themselves, on a cluster of its own: does what `up` starts behave like Kubernetes, survive
# faults, and go away without a trace? About half a minute. Needs the providers debian or envtest with a controller manager.
#   hack/cluster/check.sh --node     with a node, whose pods have to go as well
set -euo pipefail

cluster_sh=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/cluster.sh
name=check-$$
node=${1:-}
dir=$(mktemp -d)/state
passed=0 failed=0

cluster() { local command=$1; shift; "$cluster_sh" "$command" --name "$name" --dir "$dir" "$@"; }
kubectl() { cluster kubectl -- "$@"; }

within() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || return 1
    sleep 0.1
  done
}

check() { # WHAT COMMAND...
  local what=$1
  shift
  if "$@" >"$dir.out" 2>&1; then
    printf 'ok    %s\n' "$what"
    passed=$((passed + 1))
  else
    printf 'FAIL  %s\n' "$what"
    sed 's/^/      | /' "$dir.out"
    failed=$((failed + 1))
  fi
}

fresh_namespace() { kubectl create namespace fresh && within 10 kubectl -n fresh get serviceaccount default; }
gone() { ! "$@"; }
no_process_left() {
  local process program
  for process in /proc/[0-9]*; do
    IFS= read -r -d '' program 2>/dev/null <"$process/cmdline" || continue
    if [[ $program == "$dir/bin/"* ]]; then return 1; fi
  done
}

custom_kind() { # a kind with a structural schema, as the operator's own have
  kubectl apply -f - <<'YAML'
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: owners.check.example}
spec:
  group: check.example
  scope: Namespaced
  names: {kind: Owner, plural: owners}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {size: {type: integer, default: 3}}}
          status: {type: object, properties: {phase: {type: string}}}
YAML
  kubectl wait --for condition=established crd/owners.check.example
}

# Server-side apply and custom resources go through code of the API server that nothing else exercises.
owner_and_child() {
  kubectl apply --server-side -f - <<'YAML' || return 1
{"apiVersion": "check.example/v1", "kind": "Owner", "metadata": {"name": "owner", "namespace": "default", "labels": {"a": "b"}}, "spec": {}}
YAML
  [[ $(kubectl get owner owner -o 'jsonpath={.spec.size}') == 3 ]] || return 1
  local uid
  uid=$(kubectl get owner owner -o 'jsonpath={.metadata.uid}')
  kubectl apply --server-side -f - <<YAML
{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "child", "namespace": "default",
 "ownerReferences": [{"apiVersion": "check.example/v1", "kind": "Owner", "name": "owner", "uid": "$uid"}]}}
YAML
}

# Two pods of the smallest image that there is: the node's own.
run_pods() {
  kubectl create deployment pods --image=docker.io/mcp-operator/pause:1 --replicas=2 &&
    kubectl rollout status deployment pods --timeout=60s
}
name_in_node() { grep -q "$1" "$dir/node/names"; }
no_trace_of_a_node() {
  ! find /sys/fs/cgroup -maxdepth 2 -name "mcp-node-$number" | grep . && [[ ! -e /sys/class/net/mcp-node-$number ]] &&
    ! grep -F "$dir" /proc/mounts && ! pgrep -f "^[^ ]*(containerd-shim|kubelet|dnsmasq|docker-registry).*$dir"
}

trap 'cluster down >/dev/null 2>&1 || true; rm -rf "$(dirname "$dir")"' EXIT

printf 'up ...\n'
cluster up ${node:+"$node"} --parent $$ | tail -n 1
check "up again says that it runs" cluster up --parent $$
if [[ -n $node ]]; then
  number=$(cat "$dir/node/number")
  check "pods run" run_pods
  check "a Service has a name" kubectl expose deployment pods --port 80
  check "... that the node knows" within 10 name_in_node pods.default.svc.cluster.local
  check "another node beside it" "$cluster_sh" up --name "$name-2" --dir "$dir-2" --node --parent $$
  check "... that goes again" "$cluster_sh" down --name "$name-2" --dir "$dir-2"
  check "the first is still well" cluster status
fi
check "a new namespace gets its service account" fresh_namespace
check "a custom kind can be made" custom_kind
check "custom resources are defaulted, and applied by the server" owner_and_child
check "a fresh controller manager" cluster restart-controller-manager
check "deleting the owner" kubectl delete owner owner
check "the garbage collector deletes the child" within 20 gone kubectl get configmap child
check "the audit log has the write" grep -q '"verb":"delete".*"name":"owner"' "$dir/audit.log"
check "the audit log has no reads" gone grep -q '"verb":"get"' "$dir/audit.log"
check "kill -9 of the API server" cluster kill-apiserver
check "status says that it does not run" gone cluster status
check "the API server starts again" cluster start-apiserver
check "what was written is still there" kubectl get namespace fresh
check "status says that all is well" cluster status
check "down" cluster down
check "no process is left" no_process_left
check "no state is left" gone test -e "$dir"
if [[ -n $node ]]; then
  check "nothing of the node is left" no_trace_of_a_node
  cluster up --node --parent $$ >/dev/null 2>&1
  number=$(cat "$dir/node/number")
  kill -KILL "$(cut -d' ' -f1 "$dir/node.pid")"
  check "a node that was killed starts again" cluster up --parent $$
  check "... and runs pods" run_pods
  check "down" cluster down
  check "nothing of that node is left" no_trace_of_a_node
fi

sleep 20 & short_lived=$!
check "up for the time of another process" cluster up --parent "$short_lived"
wait "$short_lived"
check "the cluster ends with it" within 10 gone test -e "$dir"

"$cluster_sh" up --name "$name" --dir "$dir" >/dev/null 2>&1 & up=$!
sleep 1.5
kill -KILL "$up"
wait "$up" 2>/dev/null || true
check "kill -9 of up leaves nothing" within 10 gone test -e "$dir"
check "... and no process" no_process_left

printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
