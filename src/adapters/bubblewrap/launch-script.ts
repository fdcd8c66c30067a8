/** Room for the output of running commands; apart from the disk quota, so that a full disk can still be reported. */
const OUTPUT_LIMITS = "size=268435456,nr_inodes=8192";

/**
 * The launcher: one small Perl process of a provider that forks once for every sandbox. A fork of Node itself would
 * copy the page tables of all its memory (10 ms of a stopped event loop at 500 MB), and mount(8) costs 2 ms of
 * processor time where the system call costs 0.05.
 *
 *   perl -e LAUNCH_SCRIPT NAME MOUNTPOINT SECCOMP_FILE UNSHARE MOUNT PRCTL
 *
 * It listens on the unix socket NAME in its working directory, says so with a line, and ends when its input closes.
 * Its input tells process ids (8 characters each) of forks that have ended and that it may forget: until then /proc tells
 * how they ended.
 * It adopts orphans and ends them: a bubblewrap that ends while it starts, because nobody hears it any more, leaves a
 * child that waits for it for ever.
 * UNSHARE, MOUNT and PRCTL are the numbers of those system calls. A connection is one sandbox: it begins with a request (its
 * length in 8 digits, then DISK_BYTES CGROUP_PROCS ROOTFS TREE bwrap-argument... parted by NUL) and becomes the standard
 * streams of process 1. Before that it carries `pid N` of bubblewrap, the JSON of its --info-fd, and what goes wrong, in
 * words.
 *
 * The fork makes its own user and mount namespaces, a tmpfs whose size is the disk quota, the overlays over the
 * read-only layers on it, and becomes bubblewrap. Folders on the tmpfs: `root` and `tree` are the merged views (`tree`
 * is a plain folder when there is no tree), `root-upper` and `tree-upper` what was written, `tmp` and `home` scratch, `run` a
 * tmpfs of the dispatcher, `dev` a whole /dev, because each of its parts would cost bubblewrap a look at the mount table.
 * Its device nodes are the host's and come read-only: root inside, who is the host's as far as file owners go, could
 * change their modes. The cgroups are waited for last, because entering one can take the kernel long.
 */
export const LAUNCH_SCRIPT = String.raw`
($name, $mountpoint, $seccomp, $unshare, $mount, $prctl) = @ARGV;
umask 022;
$SIG{PIPE} = "IGNORE";
# PR_SET_CHILD_SUBREAPER.
syscall($prctl, 36, 1, 0, 0, 0);
socket(L, 1, 1, 0) && bind(L, pack("S a*", 1, $name)) && listen(L, 1024) or die "cannot listen: $!\n";
syswrite(STDOUT, "ready\n");
while (1) {
  $ready = "";
  vec($ready, 0, 1) = 1;
  vec($ready, fileno(L), 1) = 1;
  my $found = select($ready, undef, undef, 1);
  next if $found < 0;
  if ($found == 0) { end_orphans(); next }
  if (vec($ready, 0, 1)) {
    sysread(STDIN, my $ended, 8) or last;
    delete $forks{$ended + 0} if waitpid($ended, 1) > 0;
    end_orphans();
    next;
  }
  next unless accept(C, L);
  serve();
  close C;
}
unlink $name;
# What a killed fork leaves behind becomes a child too.
for (1 .. 400) {
  my @children = children() or last;
  kill "KILL", @children;
  1 while waitpid(-1, 1) > 0;
  select(undef, undef, undef, 0.005);
}

sub children {
  open(F, "<", "/proc/$$/task/$$/children") or return ();
  split " ", <F> // "";
}

sub end_orphans {
  for my $orphan (grep { !$forks{$_} } children()) { kill "KILL", $orphan; waitpid($orphan, 1) }
}

sub take {
  my $bytes = "";
  while (length($bytes) < $_[0]) { sysread(C, $bytes, $_[0] - length($bytes), length($bytes)) or return "" }
  $bytes;
}

sub serve {
  my ($disk, $procs, @rest) = split /\0/, take(take(8) || return), -1;
  pipe(R, W);
  my $pid = fork;
  unless (defined $pid) { syswrite(C, "cannot fork: $!\n"); return }
  launch($disk, @rest) unless $pid;
  $forks{$pid} = 1;
  for my $file (split / /, $procs) {
    next if open(F, ">", $file) && syswrite(F, $pid);
    syswrite(C, "cannot enter $file: $!\n");
    return close W;
  }
  syswrite(W, ".");
  close W;
  close R;
}

sub attach {
  my ($source, $target, $type, $flags, $options, $what) = @_;
  # An option that is a number would be taken for a pointer, an empty one is no pointer.
  my $given = $options eq "" ? 0 : $options;
  syscall($mount, $source, $target, $type, $flags, $given) == 0 or die "cannot mount $what: $!\n";
}

sub overlay {
  my ($lower, $view) = @_;
  return if $lower eq "";
  # overlayfs splits its options at colons and commas: a folder with other than plain characters gets a plain name.
  if ($lower =~ m{[^A-Za-z0-9/._+\@%=-]}) {
    mkdir "$view-lower";
    attach($lower, "$view-lower", "none", 0x5000, "", $lower);
    $lower = "$view-lower";
  }
  attach("swerl", $view, "overlay", 0, "lowerdir=$lower,upperdir=$view-upper,workdir=$view-work,userxattr",
    "the overlay over $_[0]");
}

sub put {
  my ($file, $text) = @_;
  open(F, ">", $file) && syswrite(F, $text) && close F or die "cannot write $file: $!\n";
}

sub launch {
  my ($disk, $rootfs, $tree, @arguments) = @_;
  $SIG{PIPE} = "DEFAULT";
  close W;
  open(STDIN, "<&", C);
  open(STDOUT, ">&", C);
  open(STDERR, ">&", C);
  syswrite(STDOUT, "pid $$\n");
  open(F, ">", "/proc/self/oom_score_adj") && syswrite(F, "500");
  my ($user, $group) = ($>, $) + 0);
  # A user and a mount namespace.
  syscall($unshare, 0x10020000) == 0 or die "cannot make a user namespace: $!\n";
  put("/proc/self/setgroups", "deny");
  put("/proc/self/uid_map", "0 $user 1");
  put("/proc/self/gid_map", "0 $group 1");
  # Recursive, private.
  attach("none", "/", "none", 0x44000, "", "privately");
  # A file of one byte takes a page; one of none takes memory of the kernel.
  my $files = 16384 + int($disk / 4096);
  attach("swerl", $mountpoint, "tmpfs", 0, "size=$disk,nr_inodes=$files,mode=0755", "a tmpfs");
  chdir $mountpoint or die "cannot enter $mountpoint: $!\n";
  mkdir $_ for qw(root root-upper root-work tree tree-upper tree-work tmp shm home run dev dev/pts dev/shm);
  chmod 01777, "tmp", "shm";
  attach("swerl", "run", "tmpfs", 0, "${OUTPUT_LIMITS},mode=0755", "a tmpfs for output");
  overlay($rootfs, "root");
  overlay($tree, "tree");
  for my $name (qw(null zero full random urandom tty)) {
    open(F, ">", "dev/$name");
    attach("/dev/$name", "dev/$name", "none", 0x1000, "", "/dev/$name");
    # Again: read-only, no set-user-id, no programs.
    attach("none", "dev/$name", "none", 0x102b, "", "/dev/$name read-only");
  }
  # No set-user-id, no programs.
  attach("devpts", "dev/pts", "devpts", 0xa, "newinstance,ptmxmode=0666,mode=620", "devpts");
  attach("shm", "dev/shm", "none", 0x1000, "", "/dev/shm");
  symlink "pts/ptmx", "dev/ptmx";
  symlink "/proc/self/fd", "dev/fd";
  symlink "/proc/self/fd/$_", "dev/" . (qw(stdin stdout stderr))[$_] for 0 .. 2;
  # bubblewrap as process 1 leaves open what it inherits: these two, which it closes, and the streams.
  $^F = 255;
  open(S, "<", $seccomp) or die "cannot read $seccomp: $!\n";
  open(I, ">&", STDOUT);
  sysread(R, my $go, 1) or exit 1;
  $^F = 2;
  exec { "bwrap" } "bwrap", "--seccomp", fileno(S), "--info-fd", fileno(I), @arguments;
  die "cannot run bwrap: $!\n";
}
`;
