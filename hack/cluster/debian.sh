# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # name, state, cache, provider, why_not ... are cluster.sh's
# Provider "debian": no container engine and no binaries at hand. etcd is a Debian package, and the rest is built from
# Debian's source package "kubernetes", once, into a cache outside the tree. Nothing is installed on the system except
# missing everyday tools (dpkg-source, openssl): packages are downloaded and unpacked into a build directory.
# There are two sets of programs, built when first asked for: "control" (the control plane) and "node" (what runs pods).

# Debian 12's source package is the last one that carries the whole of Kubernetes; later ones have only kubectl. So newer
# Debian releases take it (and the Go that builds it) from Debian 12 too.
debian_release=bookworm
debian_version=1.20.2
debian_go=1.19
debian_recipe=2 # raise it when a change below makes other binaries: then cached ones are built again

debian_control_programs=(kube-apiserver kube-controller-manager kubectl)
debian_node_programs=(kube-scheduler kubelet kube-proxy)

debian_available() {
  local id
  id=$(debian_os ID)
  [[ $id == debian ]] || { why_not="this is not Debian"; return 1; }
  if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then why_not="apt-get or dpkg is missing"; return 1; fi
}

debian_os() { # FIELD of os-release(5)
  sed -n "s/^$1=//p" /etc/os-release 2>/dev/null | tr -d '"'
}

debian_describe() { printf 'etcd from a Debian package, Kubernetes %s built from Debian'\''s sources' "$debian_version"; }

debian_bin() { # SET
  local set=
  [[ $1 == control ]] || set=-$1
  printf '%s/kubernetes%s-%s-%s/bin\n' "$cache" "$set" "$debian_version" "$(dpkg --print-architecture)"
}

debian_up() {
  if [[ -n $node ]]; then debian_build control node; else debian_build control; fi
  processes_up "$(debian_bin control)"
}
debian_down()   { processes_down; }
debian_status() { processes_status; }
debian_process() { processes_process "$@"; }

# --- building ---------------------------------------------------------------------------------------------------------

debian_find_missing() { # SET... -> missing
  local set bin
  missing=()
  for set in "$@"; do
    bin=$(debian_bin "$set")
    [[ -d $bin && $(cat "$bin/../recipe" 2>/dev/null) == "$debian_recipe" ]] || missing+=("$set")
  done
}

# A set's directory appears under its final name only when it is complete.
debian_build() { # SET...
  local set bin program programs=() missing=() began=$SECONDS
  debian_find_missing "$@"
  ((${#missing[@]})) || return 0
  bin=$(debian_bin control)
  lock 9 "$(dirname "$bin").lock" "it builds Kubernetes; this takes about 4 minutes"
  debian_find_missing "$@" # some may have been built by the one we waited for
  if ((${#missing[@]} == 0)); then
    exec 9>&-
    return 0
  fi
  say "no (current) binaries for ${missing[*]} in $cache: making them (about $((2 + 2 * ${#missing[@]})) minutes, once; needs about 3 GB of disk meanwhile)"
  # We hold the lock, so what lies here was left by a script that was killed.
  rm -rf "$cache"/kubernetes-*.build.*
  debian_build_dir=$(mktemp -d "$(dirname "$bin").build.XXXXXX")

  debian_tools
  debian_fetch
  debian_prepare
  for set in "${missing[@]}"; do
    local -n of_set=debian_${set}_programs
    programs+=("${of_set[@]}")
  done
  [[ " ${missing[*]} " != *" control "* ]] || debian_openapi
  debian_compile "${programs[@]}"

  for set in "${missing[@]}"; do
    local -n of_set=debian_${set}_programs
    mkdir -p "$debian_build_dir/done/$set/bin"
    for program in "${of_set[@]}"; do mv "$debian_build_dir/out/$program" "$debian_build_dir/done/$set/bin/"; done
    case $set in
      control) install -m 0755 "$debian_build_dir/root/usr/bin/etcd" "$debian_build_dir/done/control/bin/etcd" ;;
      node) debian_compile_pause "$debian_build_dir/done/node/bin/pause" ;;
    esac
    printf '%s\n' "$debian_recipe" >"$debian_build_dir/done/$set/recipe"
    bin=$(debian_bin "$set")
    rm -rf "${bin%/bin}"
    mv -T "$debian_build_dir/done/$set" "${bin%/bin}"
    note "$(du -sh "$bin" | cut -f1) kept in $bin"
  done
  debian_cleanup
  exec 9>&-
  say "built in $(elapsed $((SECONDS - began)))"
}

# Also called by cluster.sh when it ends early.
debian_cleanup() {
  [[ -n ${debian_build_dir:-} ]] || return 0
  # A killed compiler may still be writing for a moment.
  rm -rf "$debian_build_dir" 2>/dev/null || { sleep 1; rm -rf "$debian_build_dir"; }
  debian_build_dir=
}

# The tools that a small Debian may lack are the only thing that needs root.
debian_tools() {
  local pair missing=()
  for pair in dpkg-source:dpkg-dev openssl:openssl; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
  done
  ((${#missing[@]})) || return 0
  say "installing ${missing[*]} with apt-get"
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "${missing[@]}")
  [[ $EUID == 0 ]] || install=(sudo -n "${install[@]}")
  if ! long "$debian_build_dir/install.log" "${install[@]}" 2>/dev/null; then
    as_root apt-get -q update >"$debian_build_dir/update.log" 2>&1 || true # a fresh image has no package lists
    long "$debian_build_dir/install.log" "${install[@]}" || die "could not install ${missing[*]}: run as root, or install them first"
  fi
}

# apt-get with folders of our own: it needs no root, and the system's lists and sources stay as they are.
# The empty status file keeps it from taking an installed version for the one to download. The user that it would change
# to when root runs it could not enter the folder.
debian_apt_options() { # -> apt_get
  local apt=$debian_build_dir/apt
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/sources"
  : >"$apt/status"
  apt_get=(apt-get -q -o "Dir::State::lists=$apt/lists" -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt/cache"
    -o APT::Sandbox::User=root -o Acquire::Languages=none)
}

debian_fetch() {
  local apt_get logs=$debian_build_dir sources=$debian_build_dir/apt/sources
  debian_apt_options

  # Which of the system's sources are Debian's, apt itself knows from their signed Release files: it reads both formats, and
  # it is not fooled by third parties. A fresh image has no lists; then they are fetched, into our own folder.
  # shellcheck disable=SC2016 # apt-get fills these in, not the shell
  local format=(indextargets --format '$(REPO_URI) $(SOURCESENTRY)' 'Created-By: Packages' 'Origin: Debian')
  local entries
  entries=$(apt-get "${format[@]}")
  if [[ -z $entries ]]; then
    say "fetching the package lists"
    long "$logs/update1.log" "${apt_get[@]}" update || true # a third party's source may be out of reach
    entries=$("${apt_get[@]}" "${format[@]}")
  fi
  [[ -n $entries ]] || die "apt's sources name no Debian repository"
  debian_write_sources "$entries" "$sources"
  apt_get+=(-o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$sources")

  say "fetching the package lists, with sources"
  long "$logs/update.log" "${apt_get[@]}" update || die "apt-get update failed"

  say "fetching etcd, Go $debian_go and the sources of Kubernetes (about 125 MB)"
  mkdir -p "$debian_build_dir/deb" "$debian_build_dir/root" "$debian_build_dir/src"
  long "$logs/download.log" env -C "$debian_build_dir/deb" "${apt_get[@]}" download \
    etcd-server "golang-$debian_go-go" "golang-$debian_go-src" golang-github-modern-go-reflect2-dev || die "could not download the packages"
  long "$logs/source.log" env -C "$debian_build_dir/src" "${apt_get[@]}" --download-only source kubernetes ||
    die "could not download Debian's source package kubernetes"

  local deb
  for deb in "$debian_build_dir"/deb/*.deb; do
    long "$logs/unpack.log" dpkg -x "$deb" "$debian_build_dir/root"
  done
  # apt has checked the hashes against the signed list.
  long "$logs/unpack.log" dpkg-source --no-check -x "$debian_build_dir"/src/*.dsc "$debian_build_dir/tree"
  rm -rf "$debian_build_dir/deb" "$debian_build_dir/src"
  [[ -d $debian_build_dir/tree/cmd/kube-apiserver ]] || die "Debian's source package has no API server (that of $debian_release has)"
  grep -qF "$debian_version" <(head -n 1 "$debian_build_dir/tree/debian/changelog") ||
    die "Debian's source package is not $debian_version any more: $(head -n 1 "$debian_build_dir/tree/debian/changelog")"
}

# debian_write_sources ENTRIES FOLDER: copies Debian's stanzas (.sources) and lines (.list), and asks for sources as well.
# Everything else in them stays, above all Signed-By. ENTRIES has lines "URI FILE:NUMBER".
debian_write_sources() {
  local entries=$1 folder=$2 codename file format n=0
  codename=$(debian_os VERSION_CODENAME)
  while read -r file; do
    n=$((n + 1))
    format=list
    [[ $file != *.sources ]] || format=sources
    # A .sources file's stanzas are parted by empty lines; so awk reads it by paragraphs.
    awk -v uris="$(cut -d' ' -f1 <<<"$entries")" -v from="$codename" -v to="$debian_release" -v format="$format" '
      function plain(uri) { gsub(/\/+/, "/", uri); sub(/\/$/, "", uri); return uri }
      function is_debian(text,   words, i, count) {
        count = split(text, words, /[ \t\n]+/)
        for (i = 1; i <= count; i++) if (plain(words[i]) in ours) return 1
        return 0
      }
      BEGIN {
        count = split(uris, list, "\n")
        for (i = 1; i <= count; i++) ours[plain(list[i])] = 1
        if (format == "sources") { RS = ""; ORS = "\n\n" }
      }
      format == "sources" {
        $0 = "\n" $0
        gsub(/\n#[^\n]*/, "")
        sub(/^\n/, "")
        if ($0 ~ /(^|\n)Enabled:[ \t]*no/ || !is_debian($0)) next
        sub(/(^|\n)Types:[^\n]*/, "\nTypes: deb deb-src")
        sub(/^\n/, "")
      }
      format == "list" {
        if ($1 != "deb" || !is_debian($0)) next
      }
      {
        if (from != "" && from != to) gsub(" " from, " " to)
        print
        if (format == "list") { sub(/^[ \t]*deb/, "deb-src"); print }
      }' "$file" >"$folder/debian-$n.$format"
  done < <(sed -E 's/^[^ ]+ //; s/:[0-9]+$//' <<<"$entries" | sort -u)
}

# Kubernetes 1.20 predates what today's `go build` expects: it is built in GOPATH mode, from inside a link that makes the
# tree appear under its import path.
debian_prepare() { # -> debian_go_command
  local tree=$debian_build_dir/tree

  # Kubernetes 1.20 carries reflect2 1.0.1, which reaches into the insides of Go's maps, and Go 1.18 changed those: built with
  # it, the API server crashes at the first custom resource. reflect2 1.0.2, a Debian package, is the version made for that.
  rm -rf "$tree/vendor/github.com/modern-go/reflect2"
  cp -r "$debian_build_dir/root/usr/share/gocode/src/github.com/modern-go/reflect2" "$tree/vendor/github.com/modern-go/"

  local link=$tree/.go/src/k8s.io/kubernetes goroot=$debian_build_dir/root/usr/lib/go-$debian_go
  mkdir -p "$(dirname "$link")" "$debian_build_dir"/{out,tmp}
  ln -s ../../.. "$link"
  debian_go_command=(env -C "$link" "PWD=$link" "GOPATH=$tree/.go" "GOCACHE=$debian_build_dir/go-cache" "GOTMPDIR=$debian_build_dir/tmp"
    "GOROOT=$goroot" "PATH=$goroot/bin:$PATH" GO111MODULE=off CGO_ENABLED=0 GOTOOLCHAIN=local GOENV=off GOFLAGS= "$goroot/bin/go")
}

# The one generated file that the source package lacks.
debian_openapi() {
  local tree=$debian_build_dir/tree logs=$debian_build_dir packages
  say "generating the API server's OpenAPI definitions"
  long "$logs/openapi-build.log" "${debian_go_command[@]}" build -o "$debian_build_dir/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen ||
    die "could not build openapi-gen"
  packages=$(cd "$tree" && grep -RlE --include='*.go' '^[[:space:]]*// *\+k8s:openapi-gen=' vendor/k8s.io pkg |
    xargs -n 1 dirname | sort -u | sed 's|^|k8s.io/kubernetes/|' | paste -sd,)
  long "$logs/openapi.log" "${debian_go_command[@]:0:${#debian_go_command[@]}-1}" \
    "$debian_build_dir/openapi-gen" -i "$packages" -p k8s.io/kubernetes/pkg/generated/openapi -O zz_generated.openapi \
    -h hack/boilerplate/boilerplate.generatego.txt -r "$debian_build_dir/openapi-violations" ||
    die "could not generate the OpenAPI definitions"
}

debian_compile() { # PROGRAM...
  # Without these the programs call themselves v0.0.0.
  local flags='-s -w' minor package program targets=()
  minor=${debian_version#*.}
  for package in component-base/version client-go/pkg/version; do
    package=k8s.io/kubernetes/vendor/k8s.io/$package
    flags+=" -X $package.gitVersion=v$debian_version -X $package.gitMajor=${debian_version%%.*} -X $package.gitMinor=${minor%%.*}"
    flags+=" -X $package.gitTreeState=clean"
  done
  for program in "$@"; do targets+=("./cmd/$program"); done
  say "compiling $* $debian_version"
  long "$debian_build_dir/compile.log" "${debian_go_command[@]}" build -v -trimpath -ldflags "$flags" -o "$debian_build_dir/out/" "${targets[@]}" ||
    die "could not compile $*"
}

# The program of a pod's first container: it holds the pod's namespaces, and ends when told.
debian_compile_pause() { # FILE
  long "$debian_build_dir/pause.log" "${debian_go_command[@]}" build -trimpath -ldflags '-s -w' -o "$1" "$here/cluster/pause.go" ||
    die "could not compile pause"
}
