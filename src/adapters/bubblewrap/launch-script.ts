/** Room for the output of running commands; apart from the disk quota, so that a full disk can still be reported. */
const OUTPUT_LIMITS = "size=268435456,nr_inodes=8192";

/**
 * The launcher: one small Perl process of a provider that forks once for every sandbox. A fork of Node itself would
 * copy the page tables of all its memory (10 ms of a stopped event loop at 500 MB), and mount(8) costs 2 ms of
 * processor time where the system call costs 0.05.
 *
 *   perl -e LAUNCH_SCRIPT NAME MOUNTPOINT SECCOMP_FILE UNSHARE MOUNT PRCTL CAPGET CAPSET
 *
 * It listens on the unix socket NAME in its working directory, says so with a line, and ends when its input closes.
 * Its input tells process ids (8 characters each) of forks that have ended and that it may forget: until then /proc tells
 * how they ended.
 * It adopts orphans and ends them: a bubblewrap that ends while it starts, because nobody hears it any more, leaves a
 * child that waits for it for ever.
 * UNSHARE and what follows are the numbers of those system calls. A connection is one sandbox: it begins with a
 * request (its length in 8 digits, then DISK_BYTES ENTRIES ROOTFS TREE (KIND SOURCE TARGET)... and after an empty field
 * bwrap-argument..., parted by NUL) and becomes the standard streams of process 1. Before that it carries `pid N` of
 * bubblewrap, the JSON of its --info-fd, and what goes wrong, in words.
 *
 * The fork makes its own user and mount namespaces, a tmpfs whose size is the disk quota, the overlays over the
 * read-only layers on it, puts the root together, and becomes bubblewrap, which takes that root whole: it would read the
 * mount table again for every single mount. Folders on the tmpfs: `root` and `tree` are the merged views (plain folders
 * where there is nothing below), `root-upper` and `tree-upper` what was written, `tmp` and `home` scratch, `dev` a whole
 * /dev. Its device nodes are the host's and come read-only: root inside, who is the host's as far as file owners go,
 * could change their modes. ENTRIES are `tasks` files of v1, which the fork writes itself into, alone in its thread
 * and so without a lock that takes the kernel milliseconds; or a folder of v2, in which it is born.
 */
export const LAUNCH_SCRIPT = String.raw`
($name, $mountpoint, $seccomp, $unshare, $mount, $prctl, $capget, $capset) = @ARGV;
# The same on every processor.
($open_tree, $move_mount, $clone3, $mount_setattr) = (428, 429, 435, 442);
($read_only, $no_suid, $no_dev, $no_exec) = (1, 2, 4, 8);
umask 022;
$SIG{PIPE} = "IGNORE";
# What swerl's own parent left open would go on into the sandboxes.
opendir(FOLDER, "/proc/self/fd") or die "cannot read /proc/self/fd: $!\n";
my @inherited = grep { /^\d+$/ && $_ > 2 && $_ != fileno(FOLDER) } readdir(FOLDER);
closedir FOLDER;
for (@inherited) { open(F, "<&=", $_) && close F }
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
  my ($disk, $entries, @rest) = split /\0/, take(take(8) || return), -1;
  my $pid = fork_into(split / /, $entries);
  unless (defined $pid) { syswrite(C, "cannot fork: $!\n"); return }
  launch($disk, @rest) unless $pid;
  $forks{$pid} = 1;
}

sub fork_into {
  my ($folder) = grep { -d } @_;
  if (defined $folder) {
    open(F, "<", $folder) or return undef;
    # CLONE_INTO_CGROUP, and SIGCHLD at its end.
    my $arguments = pack("Q11", 0x200000000, 0, 0, 0, 17, 0, 0, 0, 0, 0, fileno(F));
    my $pid = syscall($clone3, $arguments, length($arguments));
    return $pid < 0 ? undef : $pid;
  }
  my $pid = fork;
  return $pid if $pid || !defined $pid;
  for (@_) { open(F, ">", $_) && syswrite(F, "0") or syswrite(C, "cannot enter $_: $!\n") && exit 1 }
  0;
}

sub attach {
  my ($source, $target, $type, $flags, $options, $what) = @_;
  # An option that is a number would be taken for a pointer, an empty one is no pointer.
  my $given = $options eq "" ? 0 : $options;
  syscall($mount, $source, $target, $type, $flags, $given) == 0 or die "cannot mount $what: $!\n";
}

# A copy of a folder or file and of what is mounted below it, not mounted anywhere yet: its descriptor.
sub copy {
  my ($source, $attributes) = @_;
  # Here, and OPEN_TREE_CLONE, O_CLOEXEC, AT_RECURSIVE; then AT_EMPTY_PATH, AT_RECURSIVE.
  my $tree = syscall($open_tree, -100, $source, 0x88001);
  die "cannot copy the mount of $source: $!\n" if $tree < 0;
  restrict($tree, "", 0x9000, $attributes);
  $tree;
}

sub restrict {
  my ($tree, $path, $flags, $attributes) = @_;
  my $settings = pack("Q4", $attributes, 0, 0, 0);
  syscall($mount_setattr, $tree, $path, $flags, $settings, length($settings)) == 0
    or die "cannot set the attributes of a mount: $!\n";
}

sub place {
  my ($tree, $target) = @_;
  my $path = "";
  # From an empty path, to where links lead.
  syscall($move_mount, $tree, $path, -100, $target, 0x14) == 0 or die "cannot mount $target: $!\n";
}

sub make_folder {
  my $path = "";
  # 17: there is something. It may be a link to a folder.
  for (split m{/}, substr($_[0], 1)) { mkdir($path .= "/$_") or $! == 17 or die "cannot make the folder $_[0]: $!\n" }
  -d $_[0] or die "cannot make the folder $_[0]: a file or a broken link is in its place\n";
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
  attach("swerl", $view, "overlay", $no_suid | $no_dev, "lowerdir=$lower,upperdir=$view-upper,workdir=$view-work,userxattr",
    "the overlay over $_[0]");
}

sub put {
  my ($file, $text) = @_;
  open(F, ">", $file) && syswrite(F, $text) && close F or die "cannot write $file: $!\n";
}

# Puts the root together. Paths are looked up inside it: an image may have links where its mounts are to be.
sub assemble {
  my ($is_image, @wanted) = @_;
  my @nodes = map { [copy("/dev/$_", $read_only | $no_suid | $no_exec), "/dev/$_"] } qw(null zero full random urandom tty);
  my @copies;
  while (my ($kind, $source, $target) = splice @wanted, 0, 3) {
    my $attributes = $no_suid | $no_dev | ($kind eq "read-only" ? $read_only : 0);
    push @copies, [$kind, $kind eq "link" ? $source : copy($source, $attributes), $target, -d $source];
  }
  my ($dev, $shm) = (copy("dev", $read_only | $no_suid | $no_exec), copy("shm", $no_suid | $no_dev));
  my $root = $is_image ? undef : copy("root", $no_suid | $no_dev);
  place($root, "root") if defined $root;
  opendir(my $top, "/") && opendir(my $here, ".") && chroot("root") && chdir("/") or die "cannot enter the root: $!\n";
  make_folder($_) for qw(/proc /dev /run/swerl /var/tmp);
  attach("swerl", "/run/swerl", "tmpfs", $no_suid | $no_dev, "${OUTPUT_LIMITS},mode=0755", "a tmpfs for output");
  for (@copies) {
    my ($kind, $source, $target, $is_folder) = @$_;
    if ($kind eq "link") { symlink($source, $target) or die "cannot make the link $target: $!\n"; next }
    make_folder($is_folder ? $target : $target =~ m{^(.*/)}s);
    # Never opened where something is: a pipe would hold up the launch for ever. Written, made by nobody else.
    $is_folder || lstat($target) || sysopen(F, $target, 0301) && close F or die "cannot make $target: $!\n";
    place($source, $target);
  }
  place($dev, "/dev");
  place(@$_) for @nodes;
  attach("devpts", "/dev/pts", "devpts", $no_suid | $no_exec, "newinstance,ptmxmode=0666,mode=620", "devpts");
  place($shm, "/dev/shm");
  restrict(-100, "/", 0, $read_only) unless $is_image;
  chdir($top) && chroot(".") && chdir($here) or die "cannot leave the root: $!\n";
}

# What is executed from here on has the capabilities it has now, as root of the namespace, but once it lets go of them
# no program gives them back.
sub empty_bounding_set {
  my ($header, $sets) = (pack("L2", 0x20080522, 0), "\0" x 24);
  syscall($capget, $header, $sets) == 0 or die "cannot read the capabilities: $!\n";
  my @sets = unpack("L6", $sets);
  # Inheritable is what is permitted.
  @sets[2, 5] = @sets[1, 4];
  $sets = pack("L6", @sets);
  syscall($capset, $header, $sets) == 0 or die "cannot set the capabilities: $!\n";
  # PR_CAPBSET_DROP, up to the last that the kernel knows.
  for (my $capability = 0; syscall($prctl, 24, $capability, 0, 0, 0) == 0; $capability++) {}
}

sub launch {
  my ($disk, $rootfs, $tree, @arguments) = @_;
  my @wanted;
  while ((my $field = shift @arguments) ne "") { push @wanted, $field }
  $SIG{PIPE} = "DEFAULT";
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
  mkdir $_ for qw(root root-upper root-work tree tree-upper tree-work tmp shm home dev dev/pts dev/shm);
  chmod 01777, "tmp", "shm";
  for (qw(null zero full random urandom tty)) { open(F, ">", "dev/$_") }
  symlink "pts/ptmx", "dev/ptmx";
  symlink "/proc/self/fd", "dev/fd";
  symlink "/proc/self/fd/$_", "dev/" . (qw(stdin stdout stderr))[$_] for 0 .. 2;
  overlay($rootfs, "root");
  overlay($tree, "tree");
  assemble($rootfs ne "", @wanted);
  empty_bounding_set();
  # bubblewrap as process 1 leaves open what it inherits: these two, which it closes, and the streams.
  $^F = 255;
  open(S, "<", $seccomp) or die "cannot read $seccomp: $!\n";
  open(I, ">&", STDOUT);
  $^F = 2;
  exec { "bwrap" } "bwrap", "--seccomp", fileno(S), "--info-fd", fileno(I), @arguments;
  die "cannot run bwrap: $!\n";
}
`;
