#!/usr/bin/env bash
# Builds mcp-proxy ahead of time into one static file, which runs in any image: in one with another C library, and in one with nothing.
#   hack/native.sh           prints the file's path as its last line; built again only when something that it is made of has changed
#   hack/native.sh check     builds it, and runs it in folders that have nothing else (needs root)
# MCP_NATIVE_FRAMEWORK=net10.0 names the framework; else it is the newest whose native runtime pack can be restored.
# What is missing of clang, lld, cmake and OpenSSL's headers is installed with apt-get; only that needs root or sudo.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

project=operator/McpOperator.Proxy
out=artifacts/native
program=$out/mcp-proxy

say() { printf '==> %s\n' "$*" >&2; }
die() { printf 'native.sh: %s\n' "$*" >&2; exit 1; }

# long WHAT LOG COMMAND...: runs it, says every 20 s that it still runs, and shows its log when it fails.
long() {
  local what=$1 log=$2 began=$SECONDS pid status=0 shown=0
  shift 2
  say "$what"
  "$@" >"$log" 2>&1 &
  pid=$!
  trap 'kill "$pid" 2>/dev/null || true' EXIT
  while kill -0 "$pid" 2>/dev/null; do
    sleep 1
    if ((SECONDS - began >= shown + 20)); then shown=$((SECONDS - began)); say "... $shown s"; fi
  done
  trap - EXIT
  wait "$pid" || status=$?
  ((status == 0)) || { tail -n 40 "$log" >&2; return "$status"; }
}

as_root() { if ((EUID == 0)); then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else die "needs root or sudo: $*"; fi; }

tools() {
  local missing=() package
  for package in clang lld cmake make; do command -v "${package/#lld/ld.lld}" >/dev/null || missing+=("$package"); done
  [[ -e /usr/include/openssl/ssl.h ]] || missing+=(libssl-dev)
  [[ -e /usr/include/zlib.h ]] || missing+=(zlib1g-dev)
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null || die "missing: ${missing[*]}; install them"
  long "installing ${missing[*]}" "$out/apt.log" as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "${missing[@]}" ||
    long "... with fresh package lists" "$out/apt.log" as_root sh -c "apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install ${missing[*]}" ||
    die "apt-get could not install ${missing[*]}"
}

# A project's folder, and those of all projects that it refers to.
folders() { # FOLDER
  local reference
  printf '%s\n' "$1"
  while read -r reference; do folders "$(realpath --relative-to=. "$1/$reference")"; done < \
    <(sed -n 's:.*<ProjectReference Include="\([^"]*\)/[^/"]*".*:\1:p' "$1"/*.csproj)
}

# All that the program is made of, this script included; OpenSSL is linked in, so a new one makes a new program.
key() {
  {
    { folders "$project" | sort -u | while read -r folder; do find "$folder" \( -name bin -o -name obj \) -prune -o -name '*.cs' -print -o -name '*.csproj' -print; done
      printf '%s\n' Directory.* global.json hack/native.sh; } | LC_ALL=C sort | xargs sha256sum
    dotnet --version
    dpkg-query -W -f '${Package} ${Version}\n' libssl-dev clang lld 2>/dev/null
    printf '%s\n' "${MCP_NATIVE_FRAMEWORK:-newest}"
  } | sha256sum | cut -d' ' -f1
}

architecture() { case $(uname -m) in x86_64) echo x64 ;; aarch64) echo arm64 ;; *) die "no native build for $(uname -m)" ;; esac; }

build() {
  local key packages arguments=(-p:Native=true -r "linux-$(architecture)" --nologo -v quiet -clp:NoSummary)
  mkdir -p "$out"
  exec 9>"$out/lock"
  flock -n 9 || { say "waiting for another native.sh"; flock 9; }
  tools
  key=$(key)
  if [[ -x $program && $(cat "$out/key" 2>/dev/null) == "$key" ]]; then return; fi
  rm -rf "$program" "$out/obj" "${out:?}/bin" "$out/publish"
  if [[ -n ${MCP_NATIVE_FRAMEWORK:-} ]]; then
    arguments+=("-p:NativeFramework=$MCP_NATIVE_FRAMEWORK")
  elif long "looking for .NET 10's native runtime pack" "$out/restore.log" dotnet restore "$project" "${arguments[@]:0:3}" -p:NativeFramework=net10.0 2>/dev/null; then
    arguments+=(-p:NativeFramework=net10.0)
  else
    say "it cannot be restored here; building for $(sed -n 's:.*<NativeFramework [^>]*>\(.*\)</NativeFramework>.*:\1:p' Directory.Build.props)"
  fi
  # The C parts that are compiled here name their sources; the program is to be the same wherever it is built.
  packages=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: *//; s:/$::')
  CFLAGS="${CFLAGS:-} -ffile-prefix-map=$packages=/_" \
    long "building $project ahead of time (about a minute on two idle cores)" "$out/build.log" \
    dotnet publish "$project" -c Release "${arguments[@]}" -o "$out/publish" 9>&- || die "the build failed; its log is $out/build.log"
  # What could fail at run time only must not get that far.
  if grep -E 'warning IL[0-9]{4}' "$out/build.log" >&2; then die "warnings of the ahead-of-time compiler, see above"; fi
  if grep -qF -e "$PWD/operator/" -e "$PWD/artifacts/" -e "$packages/" "$out/publish/mcp-proxy"; then die "the program tells where it was built"; fi
  mv "$out/publish/mcp-proxy" "$program"
  rm -rf "$out/publish"
  printf '%s' "$key" >"$out/key"
}

# --- check --------------------------------------------------------------------------------------------------------------

# In a folder with the program and one static tool, and nothing else: neither libraries nor /proc nor /dev nor /etc.
check() {
  local busybox port server answer
  busybox=$(command -v busybox) || die "check needs a static busybox (apt-get install busybox-static)"
  ((EUID == 0)) || die "check needs root, for chroot"
  ! readelf -l "$program" | grep -q INTERP || die "$program wants a dynamic loader"
  root=$(mktemp -d)
  trap 'kill "$bridge" 2>/dev/null || true; rm -rf "$root"' EXIT
  cp "$program" "$root/mcp-proxy"
  cp "$busybox" "$root/busybox"
  # A stdio server in one line: every request is answered by the same result, under its own id.
  # shellcheck disable=SC2016 # for the shell in there
  server='while read -r line; do id=${line#*\"id\":}; echo "{\"jsonrpc\":\"2.0\",\"id\":${id%%,*},\"result\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{}}}"; done'
  port=$((20000 + RANDOM % 10000))
  chroot "$root" /mcp-proxy bridge --listen=127.0.0.1:$port -- /busybox sh -c "$server" 2>"$root/log" &
  bridge=$!
  for _ in $(seq 100); do
    if (exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null; then break; fi
    sleep 0.1
  done
  local body='{"jsonrpc":"2.0","id":"mine","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"check","version":"1"}}}'
  exec 3<>/dev/tcp/127.0.0.1/$port
  printf 'POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nAccept: */*\r\nContent-Length: %d\r\n\r\n%s' "${#body}" "$body" >&3
  answer=$(cat <&3)
  exec 3>&-
  grep -q '"id":"mine","result"' <<<"$answer" || { cat "$root/log" >&2; die "no answer in an empty root: $answer"; }
  kill "$bridge"
  wait "$bridge" || die "it did not stop well"
  say "bridges a static server in a root that has nothing but the two programs: $(stat -c %s "$program") bytes"
}

build
if [[ ${1:-} == check ]]; then check; fi
printf '%s\n' "$PWD/$program"
