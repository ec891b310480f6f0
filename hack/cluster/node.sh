# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # name, state, cache, provider, why_not ... are cluster.sh's
# A node, on which pods really run: containerd, kubelet and kube-proxy, with a registry for images and a DNS server for names.
#
# The whole node lives in namespaces of its own (network, mounts, processes). So it leaves this machine's firewall, mounts and
# kernel settings alone, several nodes run side by side, and when the first process of its namespaces is killed, the kernel takes away
# everything in them: pods, mounts, network. What remains are its control groups, which node_down removes.
#
# Node number N (0 to 15) has these addresses, of a range that is reserved for tests of networks (RFC 2544) and so is nobody's:
#   198.18.(16 N).0/20      Services; the first is the API server's
#   198.19.(16 N).0/24      pods
#   198.19.(16 N + 1).0/30  .1 is this machine, where the API server listens; .2 the node, with the registry and the DNS server
# This machine has routes to them, so tests and browsers here reach pods and Services by their addresses.

node_registry_port=5000

node_available() {
  if ((EUID != 0)); then why_not="a node needs root"; return 1; fi
  if ! unshare --mount --net --pid --fork true 2>/dev/null; then why_not="this machine lets nobody make namespaces"; return 1; fi
  if ! mountpoint -q /sys/fs/cgroup || ! mkdir -p "$(node_cgroup_folders | head -n 1)/mcp-node-try" 2>/dev/null; then
    why_not="this machine lets nobody make control groups"
    return 1
  fi
  rmdir "$(node_cgroup_folders | head -n 1)/mcp-node-try"
}

# Where control groups are made: one folder for each controller (version 1), or one for all (version 2).
node_cgroup_folders() {
  if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
    printf '/sys/fs/cgroup\n'
  else
    awk '$3 == "cgroup" { print $2 }' /proc/mounts
  fi
}

# --- addresses ----------------------------------------------------------------------------------------------------------

node_addresses() { # -> those of the number in $state/node/number
  node_number=$(cat "$state/node/number")
  node_link=mcp-node-$node_number
  node_services=198.18.$((16 * node_number)).0/20
  node_api_service=198.18.$((16 * node_number)).1
  node_pods=198.19.$((16 * node_number)).0/24
  node_host_ip=198.19.$((16 * node_number + 1)).1
  node_ip=198.19.$((16 * node_number + 1)).2
  node_registry=$node_ip:$node_registry_port
}

# What tests want to know about it.
node_info() {
  [[ -d $state/node ]] || return 0
  printf 'MCP_CLUSTER_REGISTRY=%s\nMCP_CLUSTER_PODS=%s\nMCP_CLUSTER_SERVICES=%s\nMCP_CLUSTER_API_SERVER=%s\n' \
    "$node_registry" "$node_pods" "$node_services" "$node_host_ip:$api_port"
}

# --- up -----------------------------------------------------------------------------------------------------------------

# The part that the API server needs: it listens on the node's network.
node_prepare() {
  local tools
  tools=$("$here/node-tools.sh") || die "the node's tools cannot be had, see above"
  mkdir -p "$state"/node/{log,cni/net.d,cni/lib,sysctl,images}
  ln -sfnT "$(dirname "$tools")" "$state/node/tools"
  ln -sfnT "$(debian_bin node)" "$state/node/bin"
  # The path of a socket has at most 107 characters.
  ((${#state} <= 80)) || die "$state is too long a path for a node; use a shorter --dir"
  case $state/ in /run/* | /var/run/* | /var/log/*) die "a node's state cannot lie in $state, because the node has a /run and /var/log of its own; use another --dir" ;; esac

  if ! daemon_pid node >/dev/null; then
    node_remove_traces # of one that was killed
    node_sysctls
    say "making the node's namespaces"
    daemon node unshare --mount --net --pid --fork --kill-child --mount-proc --propagation slave \
      "$here/cluster/node-init.sh" "$state/node"
    wait_until 10 "the node's namespaces" node test -e "$state/node/inside"
    node_connect
    node_cgroups
  fi
  node_addresses
}

node_cgroups() {
  local folder
  while read -r folder; do mkdir -p "$folder/$node_link"; done < <(node_cgroup_folders)
  # All pods together would get the time of one process, and beside a build none would start in time.
  while read -r folder; do
    if [[ -e $folder/$node_link/cpu.shares ]]; then printf '20480' >"$folder/$node_link/cpu.shares"; fi
    if [[ -e $folder/$node_link/cpu.weight ]]; then printf '2000' >"$folder/$node_link/cpu.weight"; fi
  done < <(node_cgroup_folders)
}

# kubelet sets these for the whole machine. It may set files instead.
node_sysctls() {
  local name
  for name in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
    if [[ -e /proc/sys/$name ]]; then cat "/proc/sys/$name" >"$state/node/sysctl/${name//\//.}"; fi
  done
}

# Making the link reserves the number: there cannot be two of one name.
node_connect() {
  local init number candidates=({0..15})
  local ip=$state/node/tools/bin/ip
  init=$(node_init_pid)
  if [[ -f $state/node/number ]]; then candidates=("$(cat "$state/node/number")"); fi
  for number in "${candidates[@]}"; do
    printf '%s\n' "$number" >"$state/node/number"
    node_addresses
    # shellcheck disable=SC2310
    if [[ -z $("$ip" -4 route show to root "$node_pods") ]] &&
      "$ip" link add "$node_link" type veth peer name eth0 netns "$init" 2>/dev/null; then
      "$ip" addr add "$node_host_ip/30" dev "$node_link"
      "$ip" link set "$node_link" up
      "$ip" route add "$node_services" via "$node_ip"
      "$ip" route add "$node_pods" via "$node_ip"
      node_run "$ip" addr add "$node_ip/30" dev eth0
      node_run "$ip" link set eth0 up
      node_run "$ip" route add default via "$node_host_ip"
      note "the node has number $number: pods $node_pods, Services $node_services"
      return
    fi
  done
  rm -f "$state/node/number"
  die "no network for a node: the numbers 0 to 15 are taken by other nodes, or this machine has routes into 198.18.0.0/15 (ip link; ip route)"
}

# The first process in the namespaces, as seen from outside.
node_init_pid() {
  local pid
  pid=$(daemon_pid node) || die "the node's namespaces are gone"
  read -r pid _ <"/proc/$pid/task/$pid/children"
  printf '%s\n' "$pid"
}

node_run()    { nsenter --target "$(node_init_pid)" --mount --net --pid -- "$@"; }
node_daemon() { # NAME COMMAND...: a program of the node
  local name=$1
  shift
  daemon_pid "$name" >/dev/null || daemon "$name" nsenter --target "$(node_init_pid)" --mount --net --pid -- \
    env "PATH=$state/node/tools/bin:$PATH" "$@"
}

node_names=(registry containerd dns dns-names kubelet kube-proxy)

node_up() {
  local bin=$state/node/bin tools=$state/node/tools/bin
  node_credentials
  say "starting the node: containerd, kubelet, kube-proxy, a registry and a DNS server"

  node_write_registry >"$state/node/registry.yaml"
  node_daemon registry "$tools/docker-registry" serve "$state/node/registry.yaml"

  node_write_containerd >"$state/node/containerd.toml"
  node_write_cni >"$state/node/cni/net.d/10-ptp.conflist"
  mkdir -p "$state/node/hosts/$node_registry"
  printf 'server = "http://%s"\n[host."http://%s"]\ncapabilities = ["pull", "resolve", "push"]\n' "$node_registry" "$node_registry" \
    >"$state/node/hosts/$node_registry/hosts.toml"
  node_daemon containerd "$tools/containerd" --config "$state/node/containerd.toml"
  wait_until 30 "containerd" containerd node_ctr version
  node_import_pause

  : >>"$state/node/names"
  node_daemon dns "$tools/dnsmasq" --keep-in-foreground --user=root --pid-file=/run/dns.pid --conf-file=/dev/null \
    --listen-address="$node_ip" --bind-interfaces --no-resolv --no-hosts --addn-hosts="$state/node/names" --local=/cluster.local/ --neg-ttl=1
  node_daemon dns-names "$here/cluster/node-names.sh" "$(kubectl_program)" "$state/pki/names.kubeconfig" "$state/node/names"

  node_write_kubelet >"$state/node/kubelet.yaml"
  node_daemon kubelet "$bin/kubelet" --config="$state/node/kubelet.yaml" --kubeconfig="$state/pki/node.kubeconfig" \
    --container-runtime=remote --container-runtime-endpoint="unix://$state/node/containerd.sock" \
    --hostname-override=node --node-ip="$node_ip" --root-dir="$state/node/kubelet" --cert-dir="$state/node/kubelet/pki"
  node_write_proxy >"$state/node/kube-proxy.yaml"
  node_daemon kube-proxy "$bin/kube-proxy" --config="$state/node/kube-proxy.yaml"
  daemon_pid kube-scheduler >/dev/null || daemon kube-scheduler "$bin/kube-scheduler" --kubeconfig="$state/pki/scheduler.kubeconfig" \
    --leader-elect=false --bind-address=127.0.0.1 --port=0 --secure-port=0

  wait_until 60 "the node (Ready)" kubelet node_is_ready
}

node_is_ready() { [[ $(kube get node node -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}') == True ]]; }
node_ctr()      { node_run "$state/node/tools/bin/ctr" --address "$state/node/containerd.sock" --namespace k8s.io "$@"; }

node_credentials() {
  local pki=$state/pki
  [[ ! -f $pki/names.kubeconfig ]] || return 0
  processes_certificate node "/O=system:nodes/CN=system:node:node" "extendedKeyUsage=clientAuth"
  processes_certificate proxy "/CN=system:kube-proxy" "extendedKeyUsage=clientAuth"
  processes_certificate scheduler "/CN=system:kube-scheduler" "extendedKeyUsage=clientAuth"
  processes_certificate names "/O=system:masters/CN=mcp-cluster-names" "extendedKeyUsage=clientAuth"
  local who
  for who in node proxy scheduler names; do processes_kubeconfig "$who" >"$pki/$who.kubeconfig"; done
}

# A pod's first container holds its namespaces. Its image is made here, of one program.
node_import_pause() {
  [[ -z $(node_ctr images ls -q name==mcp-operator/pause:1) ]] || return 0
  node_pause_image >"$state/node/images/pause.tar"
  node_ctr images import "$state/node/images/pause.tar" >"$state/node/log/import-pause.log" 2>&1 ||
    die "could not import the pause image: $(tail -n 1 "$state/node/log/import-pause.log")"
}

node_pause_image() { # in the form that "docker save" has
  local work=$state/node/images/pause layer
  rm -rf "$work"
  mkdir -p "$work/root"
  cp "$state/node/bin/pause" "$work/root/pause"
  tar --create --file "$work/layer.tar" --directory "$work/root" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner pause
  layer=$(sha256sum <"$work/layer.tar")
  printf '{"architecture":"%s","os":"linux","config":{"Entrypoint":["/pause"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
    "$(dpkg --print-architecture)" "${layer%% *}" >"$work/config.json"
  printf '[{"Config":"config.json","RepoTags":["mcp-operator/pause:1"],"Layers":["layer.tar"]}]' >"$work/manifest.json"
  tar --create --directory "$work" manifest.json config.json layer.tar
}

# Puts an OCI archive into the node's registry, under the archive's name, and prints its reference by digest.
node_push() { # ARCHIVE
  local archive=$1 image digest reference
  image=$(basename "$archive" .tar)
  digest=$(tar --extract --to-stdout --occurrence=1 --file "$archive" index.json | grep -o 'sha256:[0-9a-f]*' | head -n 1)
  [[ -n $digest ]] || die "$archive is no OCI archive"
  reference=$node_registry/mcp/$image
  # The registry keeps a link for every manifest that it has.
  if [[ ! -e $state/node/registry/docker/registry/v2/repositories/mcp/$image/_manifests/revisions/sha256/${digest#sha256:}/link ]]; then
    if ! { node_ctr images import --base-name "$reference" "$(realpath "$archive")" && node_ctr images push --plain-http "$reference:latest"; } \
      >"$state/node/log/push-$image.log" 2>&1; then
      tail -n 3 "$state/node/log/push-$image.log" >&2
      die "could not push $archive"
    fi
  fi
  printf '%s=%s@%s\n' "$image" "$reference" "$digest"
}

# --- configuration files ------------------------------------------------------------------------------------------------

node_write_registry() {
  cat <<YAML
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $state/node/registry}, delete: {enabled: true}}
http: {addr: "$node_registry"}
YAML
}

# Overlays cannot lie on overlays, as the disks of containers often are; then images are copied.
node_snapshotter() {
  local try=$state/node/overlay
  mkdir -p "$try"/{lower,upper,work,merged}
  if mount -t overlay overlay -o "lowerdir=$try/lower,upperdir=$try/upper,workdir=$try/work" "$try/merged" 2>/dev/null; then
    umount "$try/merged"
    printf 'overlayfs'
  else
    printf 'native'
  fi
  rm -rf "$try"
}

# restrict_oom_score_adj: without CAP_SYS_RESOURCE, as in most sandboxes, no pod would start.
node_write_containerd() {
  cat <<TOML
version = 2
root = "$state/node/containerd"
state = "/run/containerd"
[grpc]
address = "$state/node/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
path = "$state/node/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "docker.io/mcp-operator/pause:1"
restrict_oom_score_adj = true
disable_apparmor = true
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "$(node_snapshotter)"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "$state/node/tools/cni"
conf_dir = "$state/node/cni/net.d"
[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "$state/node/hosts"
TOML
}

# One link for each pod and no bridge: traffic between pods passes the node's rules without the kernel's bridge filter.
node_write_cni() {
  cat <<JSON
{"cniVersion": "0.4.0", "name": "mcp", "plugins": [
  {"type": "ptp", "mtu": 1500, "ipam": {"type": "host-local", "dataDir": "/run/cni", "ranges": [[{"subnet": "$node_pods"}]],
    "routes": [{"dst": "0.0.0.0/0"}]}}
]}
JSON
}

node_write_kubelet() {
  printf 'search .\n' >"$state/node/resolv.conf"
  cat <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $state/pki/ca.crt}}
authorization: {mode: Webhook}
readOnlyPort: 0
address: $node_ip
cgroupDriver: cgroupfs
cgroupRoot: /$node_link
enforceNodeAllocatable: []
failSwapOn: false
evictionHard: {memory.available: 50Mi, nodefs.available: 1%, nodefs.inodesFree: 1%, imagefs.available: 1%}
imageGCHighThresholdPercent: 100
serializeImagePulls: false
clusterDNS: [$node_ip]
clusterDomain: cluster.local
resolvConf: $state/node/resolv.conf
volumePluginDir: $state/node/plugins
syncFrequency: 10s
nodeStatusUpdateFrequency: 1s
YAML
}

# Limits for connections are the whole machine's, and stay.
node_write_proxy() {
  cat <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $state/pki/proxy.kubeconfig}
mode: iptables
hostnameOverride: node
clusterCIDR: $node_pods
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
iptables: {minSyncPeriod: 100ms}
YAML
}

# --- down, status -------------------------------------------------------------------------------------------------------

node_down() {
  local program pid failed=
  [[ -d $state/node ]] || return 0
  stop_daemon kube-scheduler KILL || failed=yes
  # With the first process of its namespaces everything in them goes.
  stop_daemon node KILL || failed=yes
  for program in "${node_names[@]}"; do stop_daemon "$program" KILL || failed=yes; done
  node_remove_traces || failed=yes
  [[ -z $failed ]]
}

node_remove_traces() {
  local i left=
  [[ -f $state/node/number ]] || return 0
  node_addresses
  # It goes with the namespaces, but not at once.
  if [[ -e /sys/class/net/$node_link ]]; then "$state/node/tools/bin/ip" link delete "$node_link" 2>/dev/null || true; fi
  for ((i = 0; i < 100; i++)); do
    # Processes that have been killed are still leaving their groups for a moment.
    left=$(awk '$3 ~ /^cgroup/ { print $2 }' /proc/mounts | while read -r folder; do
      [[ ! -d $folder/$node_link ]] || find "$folder/$node_link" -depth -type d -exec rmdir {} + 2>/dev/null || printf '%s\n' "$folder/$node_link"
    done)
    [[ -n $left ]] || return 0
    sleep 0.1
  done
  note "left behind: $left"
  return 1
}

node_status() {
  local program ok=0
  [[ -d $state/node ]] || return 0
  for program in node kube-scheduler "${node_names[@]}"; do describe_daemon "$program" true || ok=1; done
  if ! node_is_ready; then
    printf '%-24s not Ready\n' "node"
    ok=1
  fi
  return "$ok"
}
