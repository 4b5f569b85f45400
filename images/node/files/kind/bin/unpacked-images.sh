#!/bin/sh
# The images that came with the node are unpacked below /kind/images, where all
# nodes of a machine share them, and containerd's snapshots are links to there.
# A container's overlay then lies on the node's own. Where the kernel does not
# stack them so (it allows two, and the machine below may have used up one),
# each node gets its copy.
set -eu

store=/var/lib/containerd
snapshots=$store/io.containerd.snapshotter.v1.overlayfs/snapshots

links=$(find "$snapshots" -maxdepth 1 -type l 2>/dev/null || true)
[ -n "$links" ] || exit 0

stacks() {
  lower=$(readlink "${links%%
*}")/fs
  mount -t overlay -o "lowerdir=$lower,upperdir=$1/upper,workdir=$1/work" overlay "$1/merged" && umount "$1/merged"
}

probe=$(mktemp -d "$store/probe.XXXXXX")
trap 'rm -rf "$probe"' EXIT
mkdir "$probe/upper" "$probe/work" "$probe/merged"
if stacks "$probe"; then
  exit 0
fi

for link in $links; do
  # The link goes last, so that an interrupted copy is begun again.
  cp -a "$(readlink "$link")" "$link.copy"
  rm "$link"
  mv "$link.copy" "$link"
done
