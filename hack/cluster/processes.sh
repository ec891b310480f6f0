# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # name, state, cache, provider, why_not ... are cluster.sh's
# A control plane as plain processes: etcd, kube-apiserver and, where there is one, kube-controller-manager.
# Used by the providers that only differ in where the binaries come from (debian, envtest).
#
# Everything listens on loopback only, but with a node (node.sh) the API server listens on the node's network. etcd speaks plain HTTP there: whoever has an account on this machine can read and
# write the cluster. It is for development and tests.

processes_names=(etcd kube-apiserver kube-controller-manager)

# processes_up BIN: starts what does not run yet; so it also brings a cluster back whose processes have been killed.
processes_up() {
  local bin=$1 process
  for process in etcd kube-apiserver; do
    [[ -x $bin/$process ]] || die "$bin has no $process"
  done
  ln -sfnT "$bin" "$state/bin"

  [[ -f $state/ports ]] || processes_reserve_ports
  [[ -z $node ]] || node_prepare
  processes_read_ports
  [[ -f $state/kubeconfig ]] || processes_credentials
  processes_audit_policy

  say "starting etcd, kube-apiserver and what else there is of the control plane"
  for process in "${processes_names[@]}"; do
    [[ -x $bin/$process ]] || continue
    daemon_pid "$process" >/dev/null || "processes_start_$process"
  done
  if [[ -x $bin/kube-controller-manager ]]; then
    # The service account proves that the controllers work; pods cannot be made without it.
    wait_until 90 'the controllers (service account "default")' kube-controller-manager \
      kube get --raw /api/v1/namespaces/default/serviceaccounts/default
  else
    note "without kube-controller-manager: no garbage collection, no default service accounts, namespaces stay Terminating"
  fi
  [[ -z $node ]] || node_up
  write_info
}

processes_reserve_ports() {
  local etcd peer api
  etcd=$(reserve_port) && peer=$(reserve_port) && api=$(reserve_port)
  printf '%s %s %s\n' "$etcd" "$peer" "$api" >"$state/ports.new"
  mv "$state/ports.new" "$state/ports"
}

processes_read_ports() {
  read -r etcd_port peer_port api_port <"$state/ports"
  api_host=127.0.0.1
  api_service=10.96.0.1
  service_range=10.96.0.0/16 # a /24 is full after 253 Services
  if [[ -d $state/node ]]; then
    node_addresses
    api_host=$node_host_ip
    api_service=$node_api_service
    service_range=$node_services
  fi
}

# --- credentials ------------------------------------------------------------------------------------------------------

processes_credentials() {
  command -v openssl >/dev/null || die "openssl is missing"
  local pki=$state/pki
  mkdir -p "$pki"
  chmod 0700 "$pki"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=mcp-operator-$name-ca" \
    -keyout "$pki/ca.key" -out "$pki/ca.crt" 2>/dev/null
  # The first address of the service range is the API server's own, inside the cluster.
  processes_certificate apiserver "/CN=kube-apiserver" \
    "extendedKeyUsage=serverAuth
subjectAltName=IP:$api_host,IP:$api_service,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local"
  processes_certificate admin "/O=system:masters/CN=admin" "extendedKeyUsage=clientAuth"
  processes_certificate controller-manager "/CN=system:kube-controller-manager" "extendedKeyUsage=clientAuth"
  openssl ecparam -name prime256v1 -genkey -noout -out "$pki/service-accounts.key"
  processes_kubeconfig controller-manager >"$pki/controller-manager.kubeconfig"
  processes_kubeconfig admin >"$state/kubeconfig.new"
  chmod 0600 "$state/kubeconfig.new" "$pki/controller-manager.kubeconfig"
  mv "$state/kubeconfig.new" "$state/kubeconfig"
}

processes_certificate() { # NAME SUBJECT EXTENSIONS
  local pki=$state/pki
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$2" \
    -keyout "$pki/$1.key" -out "$pki/$1.csr" 2>/dev/null
  openssl x509 -req -in "$pki/$1.csr" -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -CAcreateserial -days 3650 \
    -extfile <(printf '%s\n' "$3") -out "$pki/$1.crt" 2>/dev/null
  rm "$pki/$1.csr"
}

processes_kubeconfig() { # CERTIFICATE
  local pki=$state/pki
  cat <<YAML
apiVersion: v1
kind: Config
current-context: mcp-operator-$name
contexts:
- name: mcp-operator-$name
  context: {cluster: mcp-operator-$name, user: $1}
clusters:
- name: mcp-operator-$name
  cluster:
    server: https://$api_host:$api_port
    certificate-authority-data: $(base64 -w0 "$pki/ca.crt")
users:
- name: $1
  user:
    client-certificate-data: $(base64 -w0 "$pki/$1.crt")
    client-key-data: $(base64 -w0 "$pki/$1.key")
YAML
}

# Tests count the operator's writes in the log: one line for each write, with who, what and the answer, but no bodies. Of the operator's
# own account also what it reads, which shows the rights that it uses.
processes_audit_policy() {
  cat >"$state/audit-policy.yaml" <<'YAML'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  verbs: [create, update, patch, delete, deletecollection]
- level: Metadata
  users: ['system:serviceaccount:mcp-operator-system:mcp-operator']
- level: None
YAML
}

# --- the processes ----------------------------------------------------------------------------------------------------

processes_start_etcd() {
  local options=()
  # A test cluster need not survive a power failure. Version 3.4 has the option but does not list it in its help.
  if "$state/bin/etcd" --unsafe-no-fsync --version >/dev/null 2>&1; then options+=(--unsafe-no-fsync); fi
  daemon etcd "$state/bin/etcd" --data-dir "$state/etcd" --name default \
    --listen-client-urls "http://127.0.0.1:$etcd_port" --advertise-client-urls "http://127.0.0.1:$etcd_port" \
    --listen-peer-urls "http://127.0.0.1:$peer_port" --initial-advertise-peer-urls "http://127.0.0.1:$peer_port" \
    --initial-cluster "default=http://127.0.0.1:$peer_port" "${options[@]}"
}

processes_start_kube-apiserver() {
  local pki=$state/pki options=()
  # Without the controller that makes service accounts, this plugin would refuse every pod.
  [[ -x $state/bin/kube-controller-manager ]] || options+=(--disable-admission-plugins=ServiceAccount)
  # Without a node, no endpoints for the service "kubernetes": nothing could reach a loopback address from a pod, and the API
  # refuses one there.
  [[ -d $state/node ]] || options+=(--endpoint-reconciler-type=none)
  # The limits for requests in flight are far above the default so that a test never waits for another.
  daemon kube-apiserver "$state/bin/kube-apiserver" \
    --etcd-servers="http://127.0.0.1:$etcd_port" \
    --bind-address="$api_host" --advertise-address="$api_host" --secure-port="$api_port" \
    --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --client-ca-file="$pki/ca.crt" \
    --service-account-issuer=https://kubernetes.default.svc.cluster.local \
    --service-account-key-file="$pki/service-accounts.key" --service-account-signing-key-file="$pki/service-accounts.key" \
    --kubelet-client-certificate="$pki/admin.crt" --kubelet-client-key="$pki/admin.key" \
    --kubelet-preferred-address-types=InternalIP \
    --authorization-mode=Node,RBAC --allow-privileged=true \
    --enable-admission-plugins=MutatingAdmissionWebhook,ValidatingAdmissionWebhook "${options[@]}" \
    --service-cluster-ip-range="$service_range" \
    --max-requests-inflight=3000 --max-mutating-requests-inflight=1500 \
    --audit-policy-file="$state/audit-policy.yaml" --audit-log-path="$state/audit.log" --audit-log-maxsize=1000
  wait_until 180 "the API server (/readyz)" kube-apiserver kube get --raw /readyz
}

processes_start_kube-controller-manager() {
  local pki=$state/pki options=()
  # Up to 1.23 there is a second port, plain HTTP, which would be the same for every cluster.
  if [[ $("$state/bin/kube-controller-manager" --version) =~ v1\.(1[0-9]|2[0-3])\. ]]; then options+=(--port=0); fi
  # Tests wait for garbage collection and namespaces; the defaults (20 requests a second) would make them slow.
  daemon kube-controller-manager "$state/bin/kube-controller-manager" \
    --kubeconfig="$pki/controller-manager.kubeconfig" --use-service-account-credentials --leader-elect=false \
    --bind-address=127.0.0.1 --secure-port=0 "${options[@]}" \
    --service-account-private-key-file="$pki/service-accounts.key" --root-ca-file="$pki/ca.crt" \
    --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key" \
    --kube-api-qps=500 --kube-api-burst=1000 --concurrent-gc-syncs=20 --concurrent-namespace-syncs=10
}

processes_full_name() {
  case $1 in
    etcd) printf 'etcd' ;;
    apiserver | controller-manager) printf 'kube-%s' "$1" ;;
    *) die "no such process: $1 (apiserver, controller-manager, etcd)" ;;
  esac
}

# processes_process ACTION PROCESS: faults for tests. "kill" is kill -9; "pause" leaves the process there, answering nobody.
processes_process() {
  local action=$1 process pid
  process=$(processes_full_name "$2") || exit 1
  processes_read_ports
  case $action in
    kill) stop_daemon "$process" KILL ;;
    start)
      if daemon_pid "$process" >/dev/null; then note "$process runs already"; else "processes_start_$process"; fi
      ;;
    pause | resume)
      pid=$(daemon_pid "$process") || die "$process does not run"
      if [[ $action == pause ]]; then kill -s STOP "$pid"; else kill -s CONT "$pid"; fi
      ;;
  esac
}

processes_down() {
  local i pid failed=
  node_down || failed=yes
  # The controllers first, the database last.
  for ((i = ${#processes_names[@]} - 1; i >= 0; i--)); do
    if pid=$(daemon_pid "${processes_names[i]}"); then kill -s CONT "$pid" 2>/dev/null || true; fi # it may be paused
    # Nothing here is worth an orderly end: the state goes away as well.
    stop_daemon "${processes_names[i]}" KILL || failed=yes
  done
  stop_strays
  release_ports
  [[ -z $failed ]]
}

processes_status() {
  local process ok=0
  for process in "${processes_names[@]}"; do
    if [[ -x $state/bin/$process ]]; then describe_daemon "$process" "$state/bin/$process" || ok=1; fi
  done
  node_status || ok=1
  return "$ok"
}
