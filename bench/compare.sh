#!/usr/bin/env bash
# Compares podlab run lab-2 with the yardstick. Both run in turn on the same
# engine and with the same node image. Prints the seconds of each and their
# ratio, and asserts nothing.
#
#   bench/compare.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-2}
podlab=bin/podlab
name=podlab-bench
dir=$(mktemp -d)
finish() {
	"$podlab" down --name "$name" >/dev/null 2>&1 || true
	rm -rf "$dir"
}
trap finish EXIT

"$podlab" down --name "$name" 2>/dev/null || true
image=$("$podlab" images build 2>/dev/null | awk '{ print $1 }')
go build -o "$dir/kind" sigs.k8s.io/kind
id=$(docker create "$image")
docker cp -q "$id:/usr/bin/kubectl" "$dir/kubectl" 2>/dev/null || docker cp "$id:/usr/bin/kubectl" "$dir/kubectl"
docker rm "$id" >/dev/null

# kind's own CLI needs these settings on hosts like this one.
cp bench/kind.yaml "$dir/kind.yaml"
if [ "$(docker info -f '{{.CgroupVersion}}')" = 1 ]; then
	cat >>"$dir/kind.yaml" <<-'PATCH'
		kubeadmConfigPatches:
		- |
		  kind: KubeletConfiguration
		  apiVersion: kubelet.config.k8s.io/v1beta1
		  failCgroupV1: false
	PATCH
fi
if [ $((0x$(awk '/CapBnd/ { print $2 }' /proc/self/status) >> 24 & 1)) = 0 ]; then
	cat >>"$dir/kind.yaml" <<-'PATCH'
		containerdConfigPatches:
		- |
		  [plugins."io.containerd.grpc.v1.cri"]
		    restrict_oom_score_adj = true
	PATCH
fi

seconds() {
	local began
	began=$(date +%s.%N)
	"$@" >"$dir/out" 2>"$dir/err" || { cat "$dir/err" >&2; exit 1; }
	awk -v a="$began" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f", b - a }'
}
by_hand() {
	NAME=podlab-yardstick KIND=$dir/kind KUBECTL=$dir/kubectl NODE_IMAGE=$image KIND_CONFIG=$dir/kind.yaml bench/yardstick.sh
}

echo "round  by hand  podlab  ratio  podlab again (cluster is up)"
for round in $(seq "$rounds"); do
	hand=$(seconds by_hand)
	cp "$dir/out" "$dir/hand.$round"
	lab=$(seconds "$podlab" run lab-2 --name "$name")
	again=$(seconds "$podlab" run lab-2 --name "$name")
	sed -n '/^Where/,$p' "$dir/out" >"$dir/again.$round"
	"$podlab" down --name "$name" 2>/dev/null
	awk -v n="$round" -v h="$hand" -v p="$lab" -v a="$again" 'BEGIN { printf "%5d  %7.1f  %6.1f  %5.2f  %.1f\n", n, h, p, p / h, a }'
done
echo
echo "by hand, last round"
cat "$dir/hand.$rounds"
echo
cat "$dir/again.$rounds"
