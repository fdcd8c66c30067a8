# The dispatcher: process 1 of every sandbox. It serves requests over its standard streams.
#   bash --norc --noprofile -c "$LAST_LINE" bash "$ALL_OTHER_LINES" DIRECTORY HOME FILE_KIB PROCESSES
# The last line, the loop, is the -c string: so bash counts the lines of a command from 1 in its messages.
# What is always true of it:
# - process 1 only reads frames, forks a worker for each, and kills; it runs no code of the repository and cannot
#   be ended by a signal from inside its own pid namespace, so a kill request is always served;
# - a command runs in a fork of a fork that holds neither stream of the protocol; its output goes to files, and
#   only their head and tail cross the stream;
# - every reply carries the random number of its request, before and after, so stray bytes are skipped;
# - it keeps no state: working directory and exported variables travel with each request and come back in its
#   reply, so nothing that a command destroys takes them away.
# Request: a head of 128 characters `op nonce number...`, then the payloads, free of NUL.
#   p  ping
#   x  run: lengths of cwd, exported variables (declare -x lines), command and stdin (base64); output limit
#   s  evaluate a snippet of the host in a worker (file operations)
#   k  kill everything but process 1, answer with the output of the last command so far
#   q  end the sandbox
# Reply: `nonce word... # length...` newline, payloads, nonce, newline. A length of -1 is a null.
# A command is evaluated in a forked shell, three times cheaper than a fresh one. One that mentions its own process
# id or its parent's gets a fresh bash, because in a fork `$$` would name process 1.
# start DIRECTORY HOME FILE_KIB PROCESSES
start() {
  local name
  exec 8<&0 9>&1 0</dev/null 1>/dev/null 2>/dev/null
  for name in $(compgen -e); do unset -v "$name"; done
  LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  export -n LC_ALL PATH PWD OLDPWD SHLVL
  dir=$1 home=$2 fast=16384 seq=0 worker= kind= got=
  ulimit -c 0; ulimit -n 4096; ulimit -f "$3"; ulimit -u "$4"
  umask 022
  trap : {1..8} {10..16} {24..27} {29..31}
  [[ -d $dir ]] || mkdir -p "$dir"
}

# take N: reads exactly N characters into got; fails at the end of the stream.
take() {
  got=
  local part rc
  while (( ${#got} < $1 )); do
    part=
    if [[ $worker ]]; then IFS= read -r -t 0.05 -N $(( $1 - ${#got} )) -u 8 part; rc=$?
    else IFS= read -r -N $(( $1 - ${#got} )) -u 8 part; rc=$?; fi
    got+=$part
    (( rc == 0 )) && continue
    (( rc > 128 )) || return 1
    watch
  done
}

# watch: answers for a worker that was killed before it could answer.
watch() {
  [[ $worker ]] && ! kill -0 "$worker" || return 0
  wait "$worker" && { worker=; return 0; }
  massacre
  if [[ $kind == x ]]; then report x 137; else reply f; fi
}

# massacre: ends every other process of the pid namespace.
massacre() {
  local round
  for (( round = 0; round < 200; round++ )); do
    kill -9 -1 || break
    wait
    (( round )) && read -r -t 0.01 <> <(:)
  done
  worker=
}

# weigh FILE LIMIT: sets file, body, total and size (bytes that will be sent).
weigh() {
  file= body= total=0 size=0
  [[ -f $1 && ! -L $1 ]] || return 0
  local most=$(( $2 < fast ? $2 : fast ))
  if ! IFS= read -r -d '' -n $(( most + 1 )) body <"$1" && (( ${#body} <= most )); then
    total=${#body} size=$total
    return
  fi
  file=$1 body= total=$(wc -c <"$1")
  size=$(( total > $2 ? $2 / 2 * 2 : total ))
}

# pour FILE BODY TOTAL SIZE: sends what weigh announced.
pour() {
  if [[ -z $1 ]]; then [[ -z $2 ]] || printf %s "$2" >&9
  elif (( $3 == $4 )); then head -c "$4" <"$1" >&9
  else head -c $(( $4 / 2 )) <"$1" >&9; tail -c $(( $4 / 2 )) <"$1" >&9; fi
}

reply() { printf '%s %s #\n%s\n' "$nonce" "$*" "$nonce" >&9; }

# report WORD CODE: the outcome of command number seq.
report() {
  local f1 b1 t1 s1 where= vars=
  weigh "$dir/$seq.o" "$limit"; f1=$file b1=$body t1=$total s1=$size
  weigh "$dir/$seq.e" "$limit"
  [[ -s $dir/$seq.d ]] && IFS= read -r -d '' -n 4097 where <"$dir/$seq.d"
  [[ -s $dir/$seq.s ]] && IFS= read -r -d '' -n 65537 vars <"$dir/$seq.s"
  (( ${#vars} > 65536 )) && vars=
  [[ $vars == "$state" ]] && vars=
  local head="$nonce $1 $2 $t1 $total # $s1 $size ${#where} ${#vars}"
  if [[ -z $f1 && -z $file ]]; then printf '%s\n%s%s%s%s%s\n' "$head" "$b1" "$body" "$where" "$vars" "$nonce" >&9; return; fi
  printf '%s\n' "$head" >&9
  pour "$f1" "$b1" "$t1" "$s1"
  pour "$file" "$body" "$total" "$size"
  printf '%s%s%s\n' "$where" "$vars" "$nonce" >&9
}

# tidy: frees what old commands wrote; the empty files go 32 at a time.
tidy() {
  local old=() name
  : >"$dir/$seq.o"; : >"$dir/$seq.e"
  (( seq % 32 )) && return
  for name in "$dir"/*; do
    name=${name##*/}
    (( ${name%%.*} < seq )) && old+=("$dir/$name")
  done
  rm -f "${old[@]}"
}

# send_files PATH...: null for what is no regular file or is larger than 16 MiB.
send_files() {
  local path files=() bodies=() totals=() sizes=() n=0 i
  for path; do
    if [[ -f $path && -r $path ]]; then
      file= body=
      if ! IFS= read -r -d '' -n $(( fast + 1 )) body <"$path" && (( ${#body} <= fast )); then size=${#body}
      else file=$path body= size=$(wc -c <"$path"); (( size <= 16777216 )) || size=-1 file=; fi
    else file= body= size=-1; fi
    files[n]=$file bodies[n]=$body sizes[n]=$size
    n=$(( n + 1 ))
  done
  printf '%s\n' "$nonce r # ${sizes[*]}" >&9
  for (( i = 0; i < n; i++ )); do pour "${files[i]}" "${bodies[i]}" "${sizes[i]}" "${sizes[i]}"; done
  printf '%s\n' "$nonce" >&9
}

# put PATH MODE text|base64 CONTENT: MODE is + (executable), - (not) or = (as it was).
put() {
  local folder=${1%/*}
  [[ -z $folder || -d $folder ]] || mkdir -p -- "$folder" || return 1
  if [[ $3 == text ]]; then printf %s "$4" >"$1" || return 1
  else base64 -d <<<"$4" >"$1" || return 1; fi
  case $2 in
    +) [[ -x $1 ]] || chmod +x -- "$1" ;;
    -) [[ ! -x $1 ]] || chmod a-x -- "$1" ;;
  esac
}

# walk FOLDER PREFIX DEPTH: fills names with f or d and the path below the first folder.
walk() {
  local path name
  for path in "$1"/*; do
    (( ${#names[@]} < 100000 )) || return
    name=$2${path##*/}
    if [[ -L $path ]]; then :
    elif [[ -f $path ]]; then names+=("f$name")
    elif [[ -d $path ]]; then
      names+=("d$name")
      [[ $path == */.* && ${path##*/} == .* ]] || (( $3 > 100 )) || walk "$path" "$name/" $(( $3 + 1 ))
    fi
  done
}

# send_list FOLDER: a listing joined with //, which no path below a folder contains.
send_list() {
  local names=() text=
  if [[ ! -d $1 ]]; then printf '%s l # -1\n%s\n' "$nonce" "$nonce" >&9; return; fi
  shopt -s nullglob dotglob
  walk "${1%/}" "" 0
  (( ${#names[@]} )) && printf -v text '%s//' "${names[@]}"
  printf '%s l # %s\n' "$nonce" "${#text}" >&9
  printf '%s%s\n' "$text" "$nonce" >&9
}

# next: reads a request and its payloads; serves what needs no worker.
next() {
  local part
  take 128 || return 1
  read -r op nonce n1 n2 n3 n4 part <<<"$got"
  case $op in
  p) reply p ;;
  q) exit 0 ;;
  k) massacre; if [[ $kind == x ]]; then report k 0; else reply k; fi; kind= ;;
  s) take "$n1" || return 1; kind=s ;;
  x)
    limit=$part
    take "$n1" || return 1; cwd=$got
    take "$n2" || return 1; state=$got
    take "$n3" || return 1; command=$got
    take "$n4" || return 1; input=$got
    [[ $cwd == *[!/]* ]] || cwd=/
    seq=$(( seq + 1 )) kind=x ;;
  *) exit 3 ;;
  esac
}

# prepare: the files of command number seq.
prepare() {
  [[ -d $dir ]] || mkdir -p "$dir"
  if [[ $input ]]; then base64 -d <<<"$input" >"$dir/$seq.i"; fi
  : >"$dir/$seq.o"; : >"$dir/$seq.e"
}

# enter: gives this shell to the command, or replaces it by a fresh one.
enter() {
  local fresh leave="{ pwd >$dir/$seq.d; declare -px >$dir/$seq.s; } 2>/dev/null"
  exec 8<&- 9>&- >"$dir/$seq.o" 2>"$dir/$seq.e"
  [[ $input ]] && exec <"$dir/$seq.i"
  if [[ $command == *'$$'* || $command == *'$PPID'* || $command == *'${PPID'* ]] && (( ${#command} < 100000 )); then
    printf '%s\n' "$state" >"$dir/$seq.v"
    printf -v fresh '{ cd -- %q || cd -- %q || cd /; . %q; } 2>/dev/null; trap %q EXIT; ' \
      "$cwd" "$home" "$dir/$seq.v" "$leave"
    unset -v LC_ALL PATH
    exec -c /bin/bash --norc --noprofile -c "$fresh$command" bash
  fi
  trap "$leave" EXIT
  { cd -- "$cwd" || cd -- "$home" || cd /; } 2>/dev/null
  unset -v LC_ALL PATH
}

# forget: takes away what the command is not to see. The working directory may be gone since the last command.
forget() {
  [[ $PWD -ef . ]] || cd -P . 2>/dev/null
  unset -f start take watch massacre weigh pour reply report tidy send_files put walk send_list next prepare enter forget
  BASH=/bin/bash
  unset -v BASH_EXECUTION_STRING dir home fast seq worker kind got op nonce n1 n2 n3 n4 limit cwd state command input
}

eval "$1"; shift; start "$@"; shift $#; while next; do case $op in s) ( eval "$got" ) & worker=$! ;; x) ( prepare; ( enter; eval "$state" 2>/dev/null; set -- "$command"; forget; eval "set --; $1" ); report x $?; tidy ) & worker=$! ;; esac; done
