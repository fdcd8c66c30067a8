/**
 * What runs between `unshare` and the sandbox, in /bin/sh: it mounts a tmpfs whose size is the disk quota, the
 * overlays over the read-only layers on it, and runs bubblewrap. It outlives the sandbox, so that the upper layer
 * can be read through /proc/<its pid>/cwd after every process inside has ended, and goes when its input closes;
 * every mount goes with it.
 *
 *   sh -c LAUNCH_SCRIPT sh MOUNTPOINT DISK_BYTES SECCOMP_FILE CGROUP_PROCS ROOTFS TREE DEVICES bwrap-argument...
 *
 * DEVICES is /dev or empty. Folders on the tmpfs: `root` and `tree` are the merged views (`tree` is a plain folder when there is no tree),
 * `root-upper` and `tree-upper` what was written, `tmp`, `shm`, `home` scratch.
 * Descriptor 3 gets `pid N` when bubblewrap has started, its own JSON with the `child-pid` of process 1, and
 * `ended N` when it has ended.
 */
export const LAUNCH_SCRIPT = `
set -e
mountpoint=$1 disk=$2 seccomp=$3 procs=$4 rootfs=$5 tree=$6 devices=$7
shift 7
# The kernel may take long to move a process; the mounts need not wait for it.
( for file in $procs; do echo $$ >"$file" || exit; done ) &
echo 500 >/proc/self/oom_score_adj || :
mount -t tmpfs -o "size=$disk,nr_inodes=500000,mode=0755" swerl "$mountpoint"
cd "$mountpoint"
mkdir root root-upper root-work tree tree-upper tree-work tmp shm home devices
# overlayfs splits its options at colons and commas: a folder with other than plain characters gets a plain name.
plain() {
  lower=$1
  case $1 in *[!A-Za-z0-9/._+@%=-]*) mkdir "$2"; mount --rbind "$1" "$2"; lower=$2 ;; esac
}
plain "$rootfs" root-lower
[ -z "$rootfs" ] || mount -t overlay -o "lowerdir=$lower,upperdir=root-upper,workdir=root-work,userxattr" swerl root
plain "$tree" tree-lower
[ -z "$tree" ] || mount -t overlay -o "lowerdir=$lower,upperdir=tree-upper,workdir=tree-work,userxattr" swerl tree
[ -z "$devices" ] || mount -o rbind,ro,nosuid,noexec "$devices" devices
exec 5<&0
wait $! || { echo "cannot enter the cgroup $procs" >&2; exit 1; }
set +e
bwrap --info-fd 6 "$@" 4<"$seccomp" <&5 5<&- 6>&3 3>&- &
echo "pid $!" >&3
exec >/dev/null
wait $!
echo "ended $?" >&3
exec 3>&-
while read -r _ <&5; do :; done
`;
