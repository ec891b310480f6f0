# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # name, state, cache, provider, why_not ... are cluster.sh's
# Providers "k3d" and "k3s": K3s in a container, through k3d where it is installed, else by running the image.
#
# NOT TESTED: written on a machine with neither a container engine nor an image registry in reach.
#
# The functions mirror what Testcontainers.K3s offers (start, kubeconfig, stop), so that it can take this file's place.
# The API server runs in a container here: it reaches webhooks on this machine not at 127.0.0.1 but under the name that
# MCP_CLUSTER_WEBHOOK_HOST (in the state directory's file `info`) tells; they have to listen on more than loopback.

k3s_image=${MCP_K3S_IMAGE:-rancher/k3s:v1.33.5-k3s1}

container_engine() { # -> engine; a client without an engine behind it is the usual case in CI, so ask the engine
  local candidate
  for candidate in docker podman; do
    command -v "$candidate" >/dev/null || continue
    if timeout 5 "$candidate" info >/dev/null 2>&1; then
      engine=$candidate
      return
    fi
  done
  return 1
}

# Both give the API server the same audit log; see processes.sh for the policy.
k3s_prepare() {
  mkdir -p "$state/audit"
  processes_audit_policy
  mv "$state/audit-policy.yaml" "$state/audit/policy.yaml"
  ln -sfnT "$state/audit/audit.log" "$state/audit.log"
  k3s_options=(
    --disable=traefik --disable=metrics-server
    --kube-apiserver-arg=audit-policy-file=/audit/policy.yaml
    --kube-apiserver-arg=audit-log-path=/audit/audit.log
    --kube-apiserver-arg=audit-log-maxsize=1000
    --kube-apiserver-arg=max-requests-inflight=3000
    --kube-apiserver-arg=max-mutating-requests-inflight=1500
    --kube-controller-manager-arg=kube-api-qps=500
    --kube-controller-manager-arg=kube-api-burst=1000
    --kube-controller-manager-arg=concurrent-gc-syncs=20
  )
  [[ -f $state/ports ]] || reserve_port >"$state/ports"
  read -r api_port <"$state/ports"
}

k3s_wait() {
  wait_until 180 "the API server (/readyz)" '' kube get --raw /readyz
  wait_until 60 'the controllers (service account "default")' '' kube get --raw /api/v1/namespaces/default/serviceaccounts/default
  write_info
}

# --- k3d ----------------------------------------------------------------------------------------------------------------

k3d_available() {
  command -v k3d >/dev/null || { why_not="k3d is not installed"; return 1; }
  if ! container_engine || [[ $engine != docker ]]; then why_not="no docker engine answers"; return 1; fi
}
k3d_describe() { printf 'K3s (%s) in a container, by k3d' "$k3s_image"; }

k3d_up() {
  k3s_prepare
  webhook_host=host.k3d.internal
  if k3d cluster list "mcp-$name" >/dev/null 2>&1; then
    k3d cluster start "mcp-$name" >&2
  else
    local option options=()
    for option in "${k3s_options[@]}"; do options+=(--k3s-arg "$option@server:0"); done
    say "creating the k3d cluster mcp-$name"
    k3d cluster create "mcp-$name" --image "$k3s_image" --servers 1 --agents 0 --no-lb \
      --api-port "127.0.0.1:$api_port" --volume "$state/audit:/audit@server:0" "${options[@]}" \
      --kubeconfig-update-default=false --kubeconfig-switch-context=false --wait --timeout 180s >&2
  fi
  k3d kubeconfig get "mcp-$name" >"$state/kubeconfig.new"
  chmod 0600 "$state/kubeconfig.new"
  mv "$state/kubeconfig.new" "$state/kubeconfig"
  k3s_wait
}
k3d_down() {
  k3d cluster delete "mcp-$name" >&2
  k3s_remove_audit docker
  release_ports
}
k3d_status()  { k3d cluster list "mcp-$name"; }
k3d_process() { k3s_container_process docker "k3d-mcp-$name-server-0" "$@"; }

# --- the image itself -----------------------------------------------------------------------------------------------------

k3s_available() {
  container_engine || { why_not="no container engine answers"; return 1; }
}
k3s_describe() { printf 'K3s (%s) in a container of %s' "$k3s_image" "${engine:-docker}"; }

k3s_up() {
  container_engine || die "no container engine answers"
  k3s_prepare
  webhook_host=host.docker.internal
  local container=mcp-operator-$name
  if "$engine" container inspect "$container" >/dev/null 2>&1; then
    "$engine" start "$container" >/dev/null
  else
    say "starting the container $container"
    "$engine" run --detach --name "$container" --privileged --tmpfs /run --tmpfs /var/run \
      --publish "127.0.0.1:$api_port:6443" --volume "$state/audit:/audit" \
      --add-host "$webhook_host:host-gateway" --label mcp-operator.cluster="$name" \
      "$k3s_image" server --tls-san=127.0.0.1 "${k3s_options[@]}" >/dev/null
  fi
  wait_until 120 "k3s' kubeconfig" '' "$engine" exec "$container" test -s /etc/rancher/k3s/k3s.yaml
  "$engine" exec "$container" cat /etc/rancher/k3s/k3s.yaml |
    sed "s|https://127.0.0.1:6443|https://127.0.0.1:$api_port|" >"$state/kubeconfig.new"
  chmod 0600 "$state/kubeconfig.new"
  mv "$state/kubeconfig.new" "$state/kubeconfig"
  k3s_wait
}
k3s_down() {
  container_engine || die "no container engine answers: cannot remove the container mcp-operator-$name"
  if "$engine" container inspect "mcp-operator-$name" >/dev/null 2>&1; then
    "$engine" rm --force --volumes "mcp-operator-$name" >/dev/null
  fi
  k3s_remove_audit "$engine"
  release_ports
}
k3s_status() {
  container_engine || { printf 'no container engine answers\n'; return 1; }
  "$engine" ps --all --filter "name=^mcp-operator-$name\$"
}
k3s_process() {
  container_engine || die "no container engine answers"
  k3s_container_process "$engine" "mcp-operator-$name" "$@"
}

# K3s is one process: every one of its parts goes and comes with the container.
k3s_container_process() { # ENGINE CONTAINER ACTION PROCESS
  case $3 in
    kill) "$1" kill --signal KILL "$2" >/dev/null ;;
    start)
      "$1" start "$2" >/dev/null
      wait_until 120 "the API server (/readyz)" '' kube get --raw /readyz
      ;;
    pause) "$1" pause "$2" >/dev/null ;;
    resume) "$1" unpause "$2" >/dev/null ;;
  esac
}

# The API server wrote its log as the container's root; whoever is not root here cannot remove it without the engine.
k3s_remove_audit() { # ENGINE
  rm -rf "$state/audit" 2>/dev/null ||
    "$1" run --rm --volume "$state:/state" --entrypoint rm "$k3s_image" -rf /state/audit >/dev/null || true
}
