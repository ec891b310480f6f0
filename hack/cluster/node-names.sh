#!/usr/bin/env bash
# Keeps the names of the cluster's Services in a file for dnsmasq: name.namespace.svc.cluster.local, of headless Services with the
# addresses of their pods. Arguments: kubectl, kubeconfig, the file. Runs inside the node's namespaces; see node.sh.
# shellcheck disable=SC2016 # kubectl fills in the template, not the shell
set -uo pipefail
kubectl=$1 kubeconfig=$2 file=$3

template='{{range .items}}{{$n := printf "%s.%s" .metadata.name .metadata.namespace}}'
template+='{{if .spec}}{{with .spec.clusterIP}}{{printf "S %s %s\n" $n .}}{{end}}'
template+='{{else}}{{range .subsets}}{{range .addresses}}{{printf "E %s %s\n" $n .ip}}{{end}}{{end}}{{end}}{{end}}'

write() {
  "$kubectl" --kubeconfig "$kubeconfig" --request-timeout=5s get services,endpoints -A -o "go-template=$template" | awk '
    $1 == "S" && $3 == "None" { headless[$2] = 1 }
    $1 == "S" && $3 != "None" { print $3, $2 ".svc.cluster.local" }
    $1 == "E" && $2 in headless { print $3, $2 ".svc.cluster.local" }' >"$file.new" || return 0
  # In place: dnsmasq reads the file again when told.
  if cmp -s "$file.new" "$file"; then return 0; fi
  cat "$file.new" >"$file"
  kill -HUP "$(cat /run/dns.pid)"
}

# Every Service with pods has an Endpoints object that changes with it.
while true; do
  "$kubectl" --kubeconfig "$kubeconfig" get endpoints -A --watch --no-headers 2>/dev/null | while read -r _; do
    while read -r -t 0.1 _; do :; done
    write
  done
  sleep 0.5
done
