# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # name, state, cache, provider, why_not ... are cluster.sh's
# Provider "external": a cluster that somebody named on purpose. It is never started or stopped from here, and the user's
# own default context is never used by accident.

external_available() {
  [[ -n ${MCP_TEST_KUBECONFIG:-} ]] || { why_not="MCP_TEST_KUBECONFIG is not set"; return 1; }
}
external_describe() { printf 'the cluster of MCP_TEST_KUBECONFIG'; }

external_up() {
  [[ -r $MCP_TEST_KUBECONFIG ]] || die "MCP_TEST_KUBECONFIG names $MCP_TEST_KUBECONFIG, which cannot be read"
  # A link, not a copy: a kubeconfig may name its certificates relative to its own place.
  ln -sfnT "$(readlink -f "$MCP_TEST_KUBECONFIG")" "$state/kubeconfig"
  kube get --raw /readyz >/dev/null || die "the API server of $MCP_TEST_KUBECONFIG does not answer"
  write_info
}
external_down()    { note "the cluster itself is not ours and stays as it is"; }
external_status()  { printf 'not ours: %s\n' "$(kubeconfig_path)"; }
external_process() { die "this cluster is not ours: its processes are left alone"; }
