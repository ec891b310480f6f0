#!/usr/bin/env bash
# A real Kubernetes API server on this machine, for `make demo` and for the tests. See hack/README.md.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: hack/cluster.sh COMMAND [--name NAME] [--dir DIR] ...

  up          start the cluster if it does not run; prints KUBECONFIG=<path> as its last line
                --parent PID   take the cluster down when that process ends
                --provider P   external, envtest, k3d, k3s or debian (default: the first that this machine has)
                --node         with a node, so that pods run; exit code 4 if this machine cannot have one
  down        stop it and remove its state (built binaries stay in the cache)
  status      what runs; exit code 0 if the API server is ready, 3 if there is no such cluster
  kubeconfig  print the path of the admin's kubeconfig
  kubectl     run kubectl against it; --name and --dir come first, the rest is kubectl's
  push        push images (OCI archives) to the registry of a cluster with a node; prints NAME=<reference by digest>
  build       only make sure that the binaries are there; --node: those of a node as well

  kill-X, start-X, restart-X, pause-X, resume-X    faults for tests; X is apiserver, controller-manager or etcd

  --name NAME  several clusters can run at once (default: "default")
  --dir DIR    the cluster's state directory (default: a directory of that name under ~/.local/state/mcp-operator)
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # used by the parts
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mcp-operator
for part in common processes node external envtest k3s debian; do
  # shellcheck source=/dev/null
  . "$here/cluster/$part.sh"
done

providers=(external envtest k3d k3s debian) # in the order of preference
webhook_host=127.0.0.1                      # where the API server reaches this machine; k3s.sh changes it

# --- helpers of the commands ------------------------------------------------------------------------------------------

kubeconfig_path() { readlink -f "$state/kubeconfig"; }

kubectl_program() {
  if [[ -x $state/bin/kubectl ]]; then printf '%s\n' "$state/bin/kubectl"; else command -v kubectl; fi
}

kube() {
  local program
  program=$(kubectl_program) || die "this provider needs a kubectl on the PATH"
  "$program" --kubeconfig "$(kubeconfig_path)" --request-timeout=5s "$@"
}

server_version() { kube get --raw /version | sed -n 's/.*"gitVersion": *"\([^"]*\)".*/Kubernetes \1/p'; }

# wait_until SECONDS WHAT DAEMON COMMAND...: waits until the command succeeds; gives up early when the daemon has ended.
wait_until() {
  local limit=$1 what=$2 process=$3 began=$SECONDS told=$SECONDS
  shift 3
  until "$@" >/dev/null 2>&1; do
    if [[ -n $process ]] && ! daemon_pid "$process" >/dev/null; then
      tail -n 15 "$state/$process.log" | sed 's/^/    | /' >&2
      die "$process has ended; its log is above"
    fi
    if ((SECONDS - began >= limit)); then
      [[ -z $process ]] || tail -n 15 "$state/$process.log" | sed 's/^/    | /' >&2
      die "waited $limit s in vain for $what"
    fi
    if ((SECONDS - told >= 5)); then
      told=$SECONDS
      note "... $(elapsed $((SECONDS - began))) waiting for $what"
    fi
    sleep 0.1
  done
}

# What tests want to know about the cluster, as lines that a shell can read.
write_info() {
  {
    printf 'MCP_CLUSTER_NAME=%s\nMCP_CLUSTER_DIR=%s\nMCP_CLUSTER_PROVIDER=%s\n' "$name" "$state" "$provider"
    printf 'MCP_CLUSTER_WEBHOOK_HOST=%s\n' "$webhook_host"
    if [[ -e $state/audit-policy.yaml || -L $state/audit.log ]]; then printf 'MCP_CLUSTER_AUDIT_LOG=%s\n' "$state/audit.log"; fi
    if kubectl_program >/dev/null; then printf 'MCP_CLUSTER_KUBECTL=%s\n' "$(kubectl_program)"; fi
    node_info
  } >"$state/info.new"
  mv "$state/info.new" "$state/info"
}

choose_provider() { # -> provider
  local candidate skipped=()
  if [[ -n $provider ]]; then
    [[ " ${providers[*]} " == *" $provider "* ]] || die "no such provider: $provider (${providers[*]})"
    "${provider}_available" || die "provider $provider: $why_not"
  else
    for candidate in "${providers[@]}"; do
      if "${candidate}_available"; then
        provider=$candidate
        break
      fi
      skipped+=("$candidate: $why_not")
    done
    if [[ -z $provider ]]; then
      printf '    %s\n' "${skipped[@]}" >&2
      die "no provider can be used on this machine (see above and hack/README.md)"
    fi
  fi
  say "provider $provider: $("${provider}_describe")"
  ((${#skipped[@]} == 0)) || note "not used: $(printf '%s; ' "${skipped[@]}" | sed 's/; $//')"
}

# K3s has a node anyway; somebody's own cluster has its own.
need_node() {
  [[ -n $node ]] || return 0
  case $provider in
    debian) node_available || { printf 'cluster.sh: no node: %s\n' "$why_not" >&2; exit 4; } ;;
    envtest) printf 'cluster.sh: no node: KUBEBUILDER_ASSETS has no kubelet\n' >&2; exit 4 ;;
    *) node= ;;
  esac
}

# `down` removes the directory, so it must be one that `up` has made.
is_cluster() { [[ -f $state/mcp-operator-cluster ]]; }

need_cluster() {
  is_cluster || { printf 'no cluster "%s" (%s)\n' "$name" "$state" >&2; exit 3; }
  provider=$(cat "$state/mcp-operator-cluster")
}

is_ready() {
  [[ -f $state/ready ]] && kube get --raw /readyz >/dev/null 2>&1 || return 1
  [[ ! -d $state/node ]] || node_is_ready
}

# --- the watchdog -----------------------------------------------------------------------------------------------------

# The file "watch" names a process; when it ends, the cluster goes. While `up` works that is `up` itself, so that even
# kill -9 leaves nothing behind; afterwards it is the process that --parent names, or none, and the watchdog ends.
watch_process() { # PID
  local started
  started=$(process_start_time "$1") || die "there is no process $1"
  printf '%s %s\n' "$1" "$started" >"$state/watch.new"
  mv "$state/watch.new" "$state/watch"
  daemon_pid watchdog >/dev/null || daemon watchdog "$here/cluster.sh" watch --name "$name" --dir "$state"
}

command_watch() {
  local pid started
  while read -r pid started 2>/dev/null <"$state/watch"; do
    if ! same_process "$pid" "$started"; then
      say "process $pid has ended: taking the cluster \"$name\" down"
      command_down # not by running the script again: its tree may be gone by now
      return
    fi
    sleep 0.5
  done
  # Somebody has removed the directory without `down`.
  if [[ ! -d $state ]]; then stop_strays; fi
}

# --- the commands -------------------------------------------------------------------------------------------------------

command_up() {
  local began=$SECONDS
  lock 8 "$state.lock" "it works on the cluster \"$name\""
  if is_cluster; then
    provider=$(cat "$state/mcp-operator-cluster")
    if [[ -n $node && ! -d $state/node && -f $state/ready ]]; then die "cluster \"$name\" runs without a node; take it down first"; fi
    if [[ -d $state/node ]]; then node=yes; fi
    if is_ready; then
      [[ -z $parent ]] || watch_process "$parent"
      say "cluster \"$name\" runs already ($provider)"
      finish_up
      return
    fi
    if [[ ! -f $state/ready ]]; then
      say "cluster \"$name\" is there by halves: starting anew"
      take_down
      provider=$wanted_provider
    else
      say "cluster \"$name\" is there but not ready: starting what is missing"
    fi
  fi
  if ! is_cluster; then
    choose_provider
    need_node
    if [[ -d $state && -n $(ls -A "$state") ]]; then die "$state is not empty and not a cluster's"; fi
    mkdir -p "$state"
    chmod 0700 "$state"
    printf '%s\n' "$provider" >"$state/mcp-operator-cluster"
    unfinished=yes
  fi
  watch_process $$
  "${provider}_up"
  touch "$state/ready"
  unfinished=
  if [[ -n $parent ]]; then watch_process "$parent"; else rm -f "$state/watch"; fi
  say "cluster \"$name\" is ready after $(elapsed $((SECONDS - began))): $(server_version)"
  finish_up
}

finish_up() {
  cat "$state/info"
  printf 'KUBECONFIG=%s\n' "$(kubeconfig_path)"
}

take_down() {
  rm -f "$state/ready"
  if [[ $(daemon_pid watchdog || true) != "$$" ]]; then stop_daemon watchdog KILL; fi # it may be the one that calls
  "${provider}_down"
  rm -rf "$state"
}

command_down() {
  lock 8 "$state.lock" "it works on the cluster \"$name\""
  if ! is_cluster; then
    say "no cluster \"$name\" ($state)"
  else
    provider=$(cat "$state/mcp-operator-cluster")
    take_down
    say "cluster \"$name\" is down"
  fi
  rm -f "$state.lock"
}

command_status() {
  need_cluster
  local ok=0
  printf 'cluster "%s" (%s) in %s\n' "$name" "$provider" "$state"
  "${provider}_status" || ok=1
  if daemon_pid watchdog >/dev/null; then describe_daemon watchdog true; fi
  printf '%-24s %s\n' "/readyz" "$(kube get --raw /readyz 2>&1 | head -n 1 || true)"
  is_ready || ok=1
  printf '%-24s %s\n' "kubeconfig" "$(kubeconfig_path)"
  return "$ok"
}

command_process() { # ACTION-PROCESS
  local action=${1%%-*} process=${1#*-}
  need_cluster
  lock 8 "$state.lock" "it works on the cluster \"$name\""
  if [[ $action == restart ]]; then
    "${provider}_process" kill "$process"
    action=start
  fi
  "${provider}_process" "$action" "$process"
}

command_push() {
  need_cluster
  [[ -d $state/node ]] || die "cluster \"$name\" has no node, and so no registry"
  (($#)) || die "push needs archives, as hack/images.sh makes them"
  lock 8 "$state.lock" "it works on the cluster \"$name\""
  node_addresses
  local archive
  for archive in "$@"; do node_push "$archive"; done
}

# However `up` ends, nothing half-done stays.
on_exit() {
  local rc=$?
  trap - EXIT
  trap '' INT TERM HUP
  stop_long
  debian_cleanup
  if [[ -n $unfinished ]]; then
    say "taking down what had been started"
    if (take_down); then rm -f "$state.lock"; fi
  fi
  exit "$rc"
}

# --- arguments ----------------------------------------------------------------------------------------------------------

command=${1:-}
[[ -z $command ]] || shift
name=default
state=
parent=
node=
provider=${MCP_CLUSTER_PROVIDER:-}
unfinished=
why_not=

while (($#)); do
  case $1 in
    --name) name=${2:?--name needs a value}; shift 2 ;;
    --dir) state=${2:?--dir needs a value}; shift 2 ;;
    --parent) parent=${2:?--parent needs a value}; shift 2 ;;
    --provider) provider=${2:?--provider needs a value}; shift 2 ;;
    --node) node=yes; shift ;;
    -h | --help) usage; exit ;;
    --) shift; break ;;
    *) if [[ $command == kubectl || $command == push ]]; then break; fi; usage >&2; exit 2 ;;
  esac
done
[[ $name =~ ^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$ ]] || die "a cluster's name is made of a-z, 0-9 and -, at most 32 characters"
# Absolute and without links, because the processes are recognized by it.
state=$(realpath -m "${state:-${XDG_STATE_HOME:-$HOME/.local/state}/mcp-operator/clusters/$name}")
wanted_provider=$provider

trap on_exit EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

case $command in
  up | down | status | watch) "command_$command" ;;
  kubeconfig) need_cluster; kubeconfig_path ;;
  kubectl) need_cluster; KUBECONFIG=$(kubeconfig_path) exec "$(kubectl_program)" "$@" ;;
  push) command_push "$@" ;;
  build) choose_provider; if [[ $provider == debian ]]; then debian_build control ${node:+node}; fi ;;
  kill-* | start-* | restart-* | pause-* | resume-*) command_process "$command" ;;
  -h | --help | help) usage ;;
  *) usage >&2; exit 2 ;;
esac
