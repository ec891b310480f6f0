# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # name, state, cache, provider, why_not ... are cluster.sh's
# Provider "envtest": the binaries of KUBEBUILDER_ASSETS, laid out as controller-runtime's setup-envtest does it.

envtest_available() {
  [[ -n ${KUBEBUILDER_ASSETS:-} ]] || { why_not="KUBEBUILDER_ASSETS is not set"; return 1; }
}
envtest_describe() { printf 'the binaries in KUBEBUILDER_ASSETS'; }

envtest_up()      { processes_up "$(cd "$KUBEBUILDER_ASSETS" && pwd)"; }
envtest_down()    { processes_down; }
envtest_status()  { processes_status; }
envtest_process() { processes_process "$@"; }
