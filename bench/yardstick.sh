#!/usr/bin/env bash
# The yardstick: four scenarios of lab 2 by hand, one after another, with the
# commands of the study (kind, kubectl, docker exec, crictl, lsns, pstree).
# Prints the seconds of each phase, and the total.
#
#   KIND=path KUBECTL=path NODE_IMAGE=ref KIND_CONFIG=file bench/yardstick.sh
set -euo pipefail
: "${KIND:?path of the kind CLI}" "${KUBECTL:?path of kubectl}" "${NODE_IMAGE:?node image}" "${KIND_CONFIG:?kind config}"
name=${NAME:-yardstick}
worker=$name-worker
manifests=$(cd "$(dirname "$0")/../manifests" && pwd)
dir=$(mktemp -d)
export KUBECONFIG=$dir/kubeconfig

finish() {
	"$KIND" delete cluster --name "$name" >/dev/null 2>&1 || true
	rm -rf "$dir"
}
trap finish EXIT

began=$(date +%s.%N)
last=$began
phase() {
	now=$(date +%s.%N)
	awk -v what="$1" -v a="$last" -v b="$now" 'BEGIN { printf "%-22s %6.1f s\n", what, b - a }'
	last=$now
}
node() { docker exec "$worker" "$@"; }
pause_pid() {
	id=$(node crictl pods --name "^$1\$" --state Ready -q)
	node crictl inspectp "$id" | jq .info.pid
}
main_pid() {
	id=$(node crictl ps --name "$1" -q | head -n 1)
	node crictl inspect "$id" | jq .info.pid
}
ready() { "$KUBECTL" wait --for=condition=Ready "pod/$1" --timeout=120s >/dev/null; }

"$KIND" create cluster --name "$name" --image "$NODE_IMAGE" --config "$KIND_CONFIG" >/dev/null 2>&1
until "$KUBECTL" get serviceaccount default >/dev/null 2>&1; do sleep 0.5; done
phase "kind create cluster"

# pod-anatomy
"$KUBECTL" apply -f "$manifests/web-app1.yaml" >/dev/null
ready web-app1
phase "web-app1 ready"
{
	node crictl ps
	node pstree -aln
	node lsns -p 1
	node lsns -p "$(pause_pid web-app1)"
	node lsns -p "$(main_pid web-app1)"
} >"$dir/anatomy"
phase "inspect web-app1"

# shared-localhost
"$KUBECTL" apply -f "$manifests/myweb2.yaml" >/dev/null
ready myweb2
phase "myweb2 ready"
{
	"$KUBECTL" exec myweb2 -c myweb2-netshoot -- ip addr
	"$KUBECTL" exec myweb2 -c myweb2-nginx -- ifconfig
	"$KUBECTL" exec myweb2 -c myweb2-netshoot -- ss -tnlp
	"$KUBECTL" exec myweb2 -c myweb2-netshoot -- curl -s localhost
	"$KUBECTL" exec myweb2 -c myweb2-netshoot -- ps -ef
	"$KUBECTL" logs myweb2 -c myweb2-nginx
	node lsns -p "$(main_pid myweb2-nginx)"
	node lsns -p "$(main_pid myweb2-netshoot)"
	node lsns -p "$(pause_pid myweb2)"
} >"$dir/localhost"
phase "inspect myweb2"

# shared-pid
"$KUBECTL" apply -f "$manifests/nginx-shell-shared.yaml" >/dev/null
ready nginx-shared
phase "nginx-shared ready"
{
	"$KUBECTL" exec nginx-shared -c shell -- ps
	master=$("$KUBECTL" exec nginx-shared -c shell -- ps -o pid,args | awk '/nginx: master/ { print $1 }')
	"$KUBECTL" exec nginx-shared -c shell -- kill -HUP "$master"
	"$KUBECTL" exec nginx-shared -c shell -- ps
	node ls -l "/proc/$(pause_pid nginx-shared)/ns"
} >"$dir/pid"
phase "send HUP to the master"

# kill-pause
kill_pause() {
	uid=$("$KUBECTL" get pod "$1" -o jsonpath='{.metadata.uid}')
	old=$(node crictl pods --name "^$1\$" --state Ready -q)
	node kill -KILL "$(pause_pid "$1")"
	until new=$(node crictl pods --name "^$1\$" --state Ready -q) && [ -n "$new" ] && [ "$new" != "$old" ]; do sleep 0.2; done
	until [ "$(node crictl ps --pod "$new" -q | wc -l)" = 2 ]; do sleep 0.2; done
	[ "$uid" = "$("$KUBECTL" get pod "$1" -o jsonpath='{.metadata.uid}')" ]
	"$KUBECTL" get events --field-selector "involvedObject.name=$1,reason=SandboxChanged" | grep -q SandboxChanged
}
"$KUBECTL" apply -f "$manifests/nginx-shell.yaml" >/dev/null
ready nginx
phase "nginx ready"
kill_pause nginx
phase "kill, PID not shared"
kill_pause nginx-shared
phase "kill, PID shared"

last=$began
phase total
