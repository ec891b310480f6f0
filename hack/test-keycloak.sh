#!/usr/bin/env bash
# Runs the Keycloak suite against a real Keycloak: the one at KEYCLOAK_URL, else one in a container that ends with this script.
#   KEYCLOAK_IMAGE    another image than the one below
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

command -v curl >/dev/null || { echo "install curl, with which Keycloak is waited for" >&2; exit 3; }
image=${KEYCLOAK_IMAGE:-quay.io/keycloak/keycloak:26.4}
wait_seconds=180
say() { printf '==> %s\n' "$*"; }

engine_that_answers() {
  local engine
  for engine in docker podman; do
    if command -v "$engine" >/dev/null && "$engine" info >/dev/null 2>&1; then echo "$engine"; return; fi
  done
  return 1
}

container=""
stop() { [[ -z $container ]] || "$engine" rm -f "$container" >/dev/null; }
trap stop EXIT

if [[ -z ${KEYCLOAK_URL:-} ]]; then
  if ! engine=$(engine_that_answers); then
    say "no Keycloak: set KEYCLOAK_URL to one of yours, or install docker or podman, with which one is started" >&2
    exit 3
  fi
  say "starting $image with $engine"
  container=$("$engine" run -d -p 127.0.0.1::8080 -e KC_BOOTSTRAP_ADMIN_USERNAME=admin -e KC_BOOTSTRAP_ADMIN_PASSWORD=admin "$image" start-dev)
  KEYCLOAK_URL=http://$("$engine" port "$container" 8080/tcp | head -n 1)
  export KEYCLOAK_URL
fi

say "waiting for $KEYCLOAK_URL"
until curl -fsS -o /dev/null "$KEYCLOAK_URL/realms/master" 2>/dev/null; do
  if ((SECONDS > wait_seconds)); then
    say "it did not come within $wait_seconds s" >&2
    [[ -z $container ]] || "$engine" logs --tail 30 "$container" >&2
    exit 1
  fi
  sleep 1
done

dotnet test test/McpOperator.Keycloak.Tests -c Release --nologo -v quiet --logger "console;verbosity=minimal"
