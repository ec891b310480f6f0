#!/usr/bin/env bash
# The first process in a node's namespaces: makes them habitable, and stays. $1 is the node's state folder. See node.sh.
set -euo pipefail
node=$1

# What programs keep in fixed places of the machine stays in here: locks, sockets, addresses that were given out, logs of pods.
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -p /run/lock
mount --bind "$node/log" /var/log
mkdir -p /var/lib/cni
mount -t tmpfs tmpfs /var/lib/cni
for file in "$node"/sysctl/*; do
  name=$(basename "$file")
  mount --bind "$file" "/proc/sys/${name//.//}"
done

echo 1 >/proc/sys/net/ipv4/ip_forward
"$node/tools/bin/ip" link set lo up
touch "$node/inside"

# Orphans become this process's children, and bash collects them.
while true; do sleep 86400 & wait $! || true; done
