#!/usr/bin/env bash
# A whole platform on a machine with docker: a cluster by k3d or kind, Knative Serving with Kourier, the Prometheus Operator, Keycloak, and the
# operator itself from images that are built here.
#   hack/platform.sh up      [--with k3d|kind] [--name NAME] [--no-keycloak] [--no-operator] [--dry-run]
#   hack/platform.sh down    [--with k3d|kind] [--name NAME] [--dry-run]
# --dry-run prints every command instead of running it, and needs none of the programs.
#
# NOT TESTED beyond that and shellcheck: where it was written no container engine answers. Versions are pinned below; each can be set from
# outside, by the name that it has here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

: "${K3S_IMAGE:=rancher/k3s:v1.33.5-k3s1}"
: "${KIND_IMAGE:=kindest/node:v1.33.4}"
: "${KNATIVE:=v1.18.0}" # Serving and Kourier
: "${REGISTRY_IMAGE:=registry:2.8.3}"
: "${REGISTRY_PORT:=5001}" # on this machine
: "${PROMETHEUS_OPERATOR:=v0.85.0}"
: "${KEYCLOAK_IMAGE:=quay.io/keycloak/keycloak:26.4}"

with='' name=mcp dry='' keycloak=yes operator=yes

say() { printf '\n==> %s\n' "$*" >&2; }
die() { printf 'platform.sh: %s\n' "$*" >&2; exit 1; }

# run COMMAND...: runs it, or prints it as it could be typed.
run() {
  if [[ -z $dry ]]; then "$@"; else printf '%q ' "$@"; printf '\n'; fi
}
# feed TEXT COMMAND...: the same with TEXT on its standard input.
feed() {
  local text=$1
  shift
  if [[ -z $dry ]]; then printf '%s\n' "$text" | "$@"; else printf '%q ' "$@"; printf "<<'EOF'\n%s\nEOF\n" "$text"; fi
}
kube() { run kubectl --context "$context" "$@"; }

needs() {
  local program
  [[ -z $dry ]] || return 0
  for program in "$@"; do command -v "$program" >/dev/null || die "$program is missing; install it, or look with --dry-run at what would be done"; done
  docker info >/dev/null 2>&1 || die "no docker engine answers"
}

# --- the cluster --------------------------------------------------------------------------------------------------------

# With a registry of its own: servers' pods name their images by digest, and an image that is only loaded into a node has none there.
cluster_up() {
  say "A cluster by $with, with a registry: $name"
  case $with in
    k3d)
      run k3d registry create "$name.localhost" --image "$REGISTRY_IMAGE" --port "127.0.0.1:$REGISTRY_PORT"
      run k3d cluster create "$name" --image "$K3S_IMAGE" --servers 1 --agents 1 --wait --timeout 180s --registry-use "$registry" \
        --k3s-arg '--disable=traefik@server:*' --port '8080:80@loadbalancer'
      ;;
    kind)
      run docker run -d --name "$name-registry" --publish "127.0.0.1:$REGISTRY_PORT:5000" "$REGISTRY_IMAGE"
      feed "$(cat hack/platform/kind.yaml)" kind create cluster --name "$name" --image "$KIND_IMAGE" --wait 180s --config -
      run docker network connect kind "$name-registry"
      run docker exec "$name-control-plane" mkdir -p "/etc/containerd/certs.d/$registry"
      feed "[host.\"http://$registry\"]" docker exec -i "$name-control-plane" cp /dev/stdin "/etc/containerd/certs.d/$registry/hosts.toml"
      ;;
  esac
}

cluster_down() {
  case $with in
    k3d)
      run k3d cluster delete "$name"
      run k3d registry delete "k3d-$name.localhost"
      ;;
    kind)
      run kind delete cluster --name "$name"
      run docker rm --force "$name-registry"
      ;;
  esac
}

# push NAME: an image that was built here, into that registry. -> digest
push() {
  local place=localhost:$REGISTRY_PORT/$1:local
  run docker load --input "artifacts/images/$1.tar"
  run docker tag "$1:latest" "$place"
  run docker push "$place"
  digest='<its digest>'
  if [[ -z $dry ]]; then
    digest=$(docker inspect --format '{{index .RepoDigests 0}}' "$place")
    digest=${digest#*@}
  fi
}

# --- what servers need --------------------------------------------------------------------------------------------------

knative_up() {
  local serving=https://github.com/knative/serving/releases/download/knative-$KNATIVE
  say "Knative Serving $KNATIVE with Kourier"
  kube apply --server-side -f "$serving/serving-crds.yaml"
  kube wait --for=condition=Established --timeout=60s crd services.serving.knative.dev
  kube apply --server-side -f "$serving/serving-core.yaml"
  kube apply --server-side -f "https://github.com/knative-extensions/net-kourier/releases/download/knative-$KNATIVE/kourier.yaml"
  kube patch configmap config-network -n knative-serving --type merge -p '{"data":{"ingress-class":"kourier.ingress.networking.knative.dev"}}'
  # stdio servers need it, because the bridge comes into their container by an init container.
  kube patch configmap config-features -n knative-serving --type merge -p '{"data":{"kubernetes.podspec-init-containers":"enabled"}}'
  kube wait --for=condition=Available --timeout=300s -n knative-serving deployment --all
  kube wait --for=condition=Available --timeout=300s -n kourier-system deployment --all
}

prometheus_up() {
  say "The Prometheus Operator $PROMETHEUS_OPERATOR, and a Prometheus that reads all monitors"
  kube apply --server-side -f "https://github.com/prometheus-operator/prometheus-operator/releases/download/$PROMETHEUS_OPERATOR/bundle.yaml"
  kube wait --for=condition=Established --timeout=60s crd prometheuses.monitoring.coreos.com servicemonitors.monitoring.coreos.com
  kube wait --for=condition=Available --timeout=180s deployment/prometheus-operator
  kube apply -f hack/platform/prometheus.yaml
}

keycloak_up() {
  local password
  say "Keycloak ($KEYCLOAK_IMAGE), with a realm for agents"
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  [[ -z $dry ]] || password='<made anew each time>'
  kube create namespace keycloak
  kube create secret generic keycloak-admin -n keycloak --from-literal=username=admin --from-literal="password=$password"
  feed "$(sed "s|KEYCLOAK_IMAGE|$KEYCLOAK_IMAGE|" hack/platform/keycloak.yaml)" kubectl --context "$context" apply -f -
  kube wait --for=condition=Available --timeout=300s -n keycloak deployment/keycloak
  # The operator works as an administrator here. docs/keycloak.md has the account with one role, which a platform should give it.
  kube create namespace mcp-operator-system
  kube create secret generic mcp-operator-keycloak -n mcp-operator-system --from-literal=username=admin --from-literal="password=$password"
  kube exec -n keycloak deployment/keycloak -- /opt/keycloak/bin/kcadm.sh create realms --no-config --server http://127.0.0.1:8080 --realm master --user admin --password "$password" -s realm=agents -s enabled=true
}

operator_up() {
  local digest values
  say "The operator, from images that are built here"
  run hack/images.sh mcp-operator mcp-proxy
  push mcp-operator
  values=(--values hack/platform/values.yaml --set "image.repository=$registry/mcp-operator" --set "image.digest=$digest")
  push mcp-proxy
  values+=(--set "config.proxy.image=$registry/mcp-proxy@$digest")
  [[ -z $keycloak ]] || values+=(--values hack/platform/values-keycloak.yaml)
  run helm upgrade --install mcp-operator charts/mcp-operator --kube-context "$context" -n mcp-operator-system --create-namespace --wait --timeout 180s "${values[@]}"
}

# --- commands -----------------------------------------------------------------------------------------------------------

command=${1:-}
[[ $# == 0 ]] || shift
while (($#)); do
  case $1 in
    --with) with=${2:?--with needs k3d or kind}; shift ;;
    --name) name=${2:?--name needs a name}; shift ;;
    --no-keycloak) keycloak='' ;;
    --no-operator) operator='' ;;
    --dry-run) dry=yes ;;
    *) die "there is no $1; see the head of this file" ;;
  esac
  shift
done
if [[ -z $with ]]; then if command -v kind >/dev/null && ! command -v k3d >/dev/null; then with=kind; else with=k3d; fi; fi
case $with in k3d) context=k3d-$name registry=k3d-$name.localhost:$REGISTRY_PORT ;; kind) context=kind-$name registry=$name-registry:5000 ;; *) die "--with is k3d or kind, and not $with" ;; esac

case $command in
  up)
    needs docker "$with" kubectl helm
    cluster_up
    knative_up
    prometheus_up
    if [[ -n $keycloak ]]; then keycloak_up; fi
    if [[ -n $operator ]]; then operator_up; fi
    say "It stands. What is missing still: mcp-operator doctor --context $context   Away with it: hack/platform.sh down --with $with --name $name"
    ;;
  down)
    needs docker "$with"
    cluster_down
    ;;
  *) die "up or down; see the head of this file" ;;
esac
