# The dispatcher: process 1 of every sandbox. It serves requests over its standard streams.
#   bash --norc --noprofile -c "$LOOP" bash NAME PART... -- DIRECTORY HOME FILE_KIB PROCESSES MEMORY_KIB
# A part begins at its mark, `#--- name`, and is evaluated from a text; the last one, the loop, is made one line and the
# -c string: so bash counts the lines of a command from 1 in its messages.
# It is written for the time of a command. A fork is paid by the pages that the shell has touched, and bash copies the
# body of a function for each call: so the loop has no functions, few variables, and what is seldom needed is a text
# until then.
# What is always true of it:
# - code inside cannot end process 1: a signal from its own pid namespace reaches it only where it has a trap, and
#   it opens no path that code inside can predict;
# - SIGUSR1 makes it end every other process and answer the request it serves; the host sends it at a deadline;
# - a command runs in a fork that holds neither stream of the protocol; its output goes to files, and only their
#   head and tail cross the stream;
# - every reply carries the random number of its request, before and after, so stray bytes are skipped;
# - it keeps no state: working directory and exported variables travel with each request and come back in its
#   reply, so nothing that a command destroys takes them away.
# Request: a head of 128 characters `op nonce number...`, then the payloads, free of NUL.
#   p  ping
#   x  run: lengths of cwd, exported variables (declare -x lines), command and stdin (base64); output limit
#   w  the same for a command that can leave nothing in its shell (leaves-no-trace.ts): in a shell that serves such
#      commands one after the other, the worker, without a fork; an x ends it
#   s  evaluate a snippet of the host in a fork (file operations)
#   d  answer through a pipe of its own from now on, which the host opens under /proc; this answer still goes the old way
#   q  end the sandbox
# Reply: `nonce word... # length...;`, payloads, nonce, newline. A length of -1 is a null. One newline, at the end:
# bash writes at every newline.
# A command is evaluated in a forked shell, three times cheaper than a fresh one. One that mentions its own process
# id or its parent's gets a fresh bash, because in a fork `$$` would name process 1.

#--- start
# Once. The arguments from DIRECTORY on are the positional parameters.
exec 8<&0 9>&1 0</dev/null 1>/dev/null 2>/dev/null
# bubblewrap clears the environment, Docker sets HOME and what the image says; the fork is worth sparing.
[[ -z ${HOME+set} ]] || for got in $(compgen -e); do unset -v "$got"; done
# Bytes are characters here. What else belongs to the locale of nearly every command is loaded once, not in each fork.
LC_CTYPE=C LC_COLLATE=C LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export -n LC_CTYPE LC_COLLATE LANG PATH PWD OLDPWD SHLVL
BASH=/bin/bash
unset -v BASH_EXECUTION_STRING
part[dir]=$1 part[home]=$2 part[most]=$4 part[seq]=0 part[crowd]= part[pids]= serving= worker=
printf -v 'part[homeword]' %q "$2"
# Seen in a container. Looked for now, when nothing inside can have made it.
for got in /sys/fs/cgroup/pids/pids.current /sys/fs/cgroup/pids.current; do [[ ! -r $got ]] || part[pids]=$got; done
ulimit -c 0; ulimit -n 4096; ulimit -f "$3"; ulimit -v "$5"
umask 022
# All that would end it. Its forks take them back.
trap '' {1..8} {11..16} {24..27} {29..31}
# What it ended is reaped only after the trap, so the rest is for whoever waits.
trap '[[ -z $serving ]] || { cut=1; kill -9 -1; }' USR1
[[ -d $1 ]] || mkdir -p "$1"

#--- take
# A read ended early: a signal cut it short, and the rest is to come, or the stream has ended, and this fails.
code=$?
while (( ${#got} < want && (code == 0 || code > 128) )); do
  read -r -N $(( want - ${#got} )) -u 8 more
  code=$? got+=$more
done
unset -v more
(( ${#got} == want ))

#--- make_room
# Processes were left behind. Where they have taken every place, nothing could be served. Without a cgroup to read,
# /proc tells; one process of bubblewrap and the one that is to be forked are not in it.
if [[ ${part[pids]} ]]; then read -r code <"${part[pids]}"
else out=(/proc/[0-9]*); code=$(( ${#out[@]} + 2 )); unset -v out; fi
(( code < part[most] )) || eval "${part[massacre]}"

#--- reopen
# The files of a command could not be made: its folder is gone, or locked, and then the command has no output.
mkdir -p "${part[dir]}" 8<&- 9>&-
exec 3<>"$file.o" 4<>"$file.e" 5<>"$file.s" || exec 3</dev/null 4</dev/null 5</dev/null

#--- massacre
# Ends every other process of the pid namespace.
for (( want = 0; want < 200; want++ )); do
  kill -9 -1 || break
  (( want < 3 )) || read -r -t 0.01 out <> <(:)
done

#--- attend
# The wait for a fork has ended by a signal: its end, or another one that woke the wait. bash answers -1 for several.
while [[ -z $cut ]] && (( code > 128 || code < 0 )); do
  if kill -0 "$child"; then wait "$child"; code=$?; continue; fi
  # A signal may have woken the wait just when the fork ended.
  wait "$child"; want=$?
  (( want == 127 )) || code=$want
  break
done

#--- work
# A command for the worker. Without one, or where directory and variables are others than those it has, a fork becomes it.
# It reads a turn's text and the command from one pipe, and says on another that the command has ended; no program holds
# either. What it says is compared, and never evaluated.
if [[ -z $worker ]] || ! kill -0 "$worker" || ! [ "${got:0:$3+$4}" = "$before" ]; then
  [[ -z $worker ]] || eval "${part[fire]}"
  # bash 5.3 mixes up two coprocesses of which one is about to end.
  wait "$child"
  coproc {
    trap - {1..8} {11..16} {24..27} {29..31}
    exec 3<&- 4<&- 5<&- 8<&- 9>&- 10<&- 11<&-
    # bash keeps what a redirection replaces from 10 on, closed for programs; so are copies of that.
    { exec 240<&10 241>&11; } </dev/null >/dev/null
    exec </dev/null >/dev/null
    cd -- "${got:0:$3}" || cd -- "${part[home]}" || cd /
    ulimit -u "${part[most]}"
    set -- "${got:$3:$4}"
    [[ $1 == *'declare -x LANG='* ]] || unset -v LANG
    unset -v LC_CTYPE LC_COLLATE PATH part serving want got cut file code after out err
    unset -v op more worker child before turn said crowd
    eval "$1"
    [[ $PWD -ef . ]] || cd -P .
    while read -r -N 16 -u 240 swerl_turn; do
      set -- "${swerl_turn:0:8}" "${swerl_turn:8}"
      read -r -N "$1" -u 240 swerl_turn
      set -- "${swerl_turn:0:$2}" "${swerl_turn:$2}"
      unset -v swerl_turn
      eval "$1"
    done
    kill -9 "$BASHPID"
  }
  worker=$!
  exec 6>&"${COPROC[1]}"- 7<&"${COPROC[0]}"-
fi
before=${got:0:$3+$4}
turn="hash -r; [[ . -ef \$PWD ]] || cd -- \"\$PWD\" || cd -- ${part[homeword]} || cd /; exec >$file.o 2>$file.e || exit 126; "
turn+="shift; eval \"set --; \$1\"; set -- \"\$?\"; { pwd; printf //; declare -px; } >|$file.s; exec >/dev/null 2>&1; "
turn+="kill -0 -1; printf '%s %03d %s' ${2:0:8} \"\$1\" \"\$?\" >&241"
printf '%8d%8d%s' $(( ${#turn} + $5 )) ${#turn} "$turn${got:$3+$4:$5}" >&6
code= said=
until [[ $code ]]; do
  # It looks once a second whether the worker has ended unseen.
  read -r -N 14 -t 1 -u 7 more
  want=$? said+=$more
  if [[ $said == *"${2:0:8} "[0-9][0-9][0-9]' '[01]* ]]; then said=${said##*"${2:0:8} "} code=${said:0:3} crowd=${said:4:1}
  elif (( want && want <= 128 )) || ! kill -0 "$worker"; then
    exec 6>&-
    child=$worker worker=
    wait "$child"
    code=$?
    (( code >= 0 && code <= 128 )) || eval "${part[attend]}"
  elif [[ $cut ]]; then eval "${part[massacre]}"
  elif (( ${#said} > 1000 )); then said=${said: -22}; fi
done

#--- fire
kill -9 "$worker"
exec 6>&- 7<&-
child=$worker worker=

#--- feed
# In the fork: the standard input of a command.
printf %s "${got:$3+$4+$5}" | base64 -d >"$file.i" 8<&- 9>&-
exec <"$file.i"

#--- fresh
# In the fork: a command that asks for process ids becomes a fresh bash.
if [[ ${got:$3+$4:$5} == *'$$'* || ${got:$3+$4:$5} == *'$PPID'* || ${got:$3+$4:$5} == *'${PPID'* ]] && (( $5 < 100000 )); then
  exec 3<&- 4<&- 5<&- 8<&- 9>&-
  exec >"$file.o" 2>"$file.e" || exit 126
  ulimit -u "${part[most]}"
  printf '%s\n' "${got:$3:$4}" >"$file.v"
  printf -v more '{ cd -- %q || cd -- %q || cd /; . %q; } 2>/dev/null; trap %q EXIT; ' \
    "${got:0:$3}" "${part[home]}" "$file.v" "{ builtin pwd; builtin printf //; builtin declare -px; } >|$file.s 2>/dev/null"
  exec -c /bin/bash --norc --noprofile -c "$more${got:$3+$4:$5}" bash
fi

#--- report
# The outcome of a command that was cut, or whose output is large or no text: head and tail of each stream. Files are
# opened anew, because they may have lost their names by now. `want` is k for cut, x otherwise.
eval "${part[pour]}"
total=() size=()
for more in 3 4; do
  total[more]=$(count "/proc/self/fd/$more")
  size[more]=$(( total[more] > $7 ? $7 / 2 * 2 : total[more] ))
done
printf %s "$2 $want $code ${total[3]} ${total[4]} # ${size[3]} ${size[4]} ${#after};" >&9
for more in 3 4; do pour "/proc/self/fd/$more" "${total[more]}" "${size[more]}"; done
printf '%s%s\n' "$after" "$2" >&9
exec 3<&- 4<&- 5<&-
unset -f count pour
unset -v total size more
part[seq]=128

#--- pour
# Programs are the agent's to replace where the root can be written: none but head and tail holds a stream, theirs being
# the one they answer on (in bubblewrap a socket, which can be read too), and what wc says is not evaluated.
# count FILE: its bytes.
count() {
  local bytes
  bytes=$(wc -c <"$1" 8<&- 9>&-)
  [[ $bytes =~ ^[0-9]+$ ]] || bytes=0
  echo "$bytes"
}

# pour FILE TOTAL SIZE: sends a file, or its head and tail.
pour() {
  if (( $2 == $3 )); then head -c "$3" <"$1" >&9 8<&-
  else head -c $(( $3 / 2 )) <"$1" >&9 8<&-; tail -c $(( $3 / 2 )) <"$1" >&9 8<&-; fi
}

#--- tidy
# The names of 128 commands go at a time, those of large files at once. They are read now: the next command makes its
# files while these go.
part[seq]=0 more=("${part[dir]}"/*)
( rm -f "${more[@]}" ) 8<&- 9>&- &
unset -v more

#--- files
fast=16384
reply() { printf '%s %s #;%s\n' "$nonce" "$*" "$nonce" >&9; }

# send_files PATH...: null for what is no regular file or is larger than 16 MiB.
send_files() {
  local path files=() bodies=() totals=() sizes=() n=0 i
  for path; do
    if [[ -f $path && -r $path ]]; then
      file= body=
      if ! IFS= read -r -d '' -n $(( fast + 1 )) body <"$path" && (( ${#body} <= fast )); then size=${#body}
      else file=$path body= size=$(count "$path"); (( size <= 16777216 )) || size=-1 file=; fi
    else file= body= size=-1; fi
    files[n]=$file bodies[n]=$body sizes[n]=$size
    n=$(( n + 1 ))
  done
  if [[ -z "${files[*]}" ]]; then printf %s "$nonce r # ${sizes[*]};" "${bodies[@]}" "$nonce"$'\n' >&9; return; fi
  printf %s "$nonce r # ${sizes[*]};" >&9
  for (( i = 0; i < n; i++ )); do
    if [[ ${files[i]} ]]; then pour "${files[i]}" "${sizes[i]}" "${sizes[i]}"; else printf %s "${bodies[i]}" >&9; fi
  done
  printf '%s\n' "$nonce" >&9
}

# put PATH MODE text|base64 CONTENT: MODE is + (executable), - (not) or = (as it was).
put() {
  local folder=${1%/*}
  [[ -z $folder || -d $folder ]] || mkdir -p -- "$folder" 8<&- 9>&- || return 1
  if [[ $3 == text ]]; then printf %s "$4" >"$1" || return 1
  else printf %s "$4" | base64 -d >"$1" 8<&- 9>&- || return 1; fi
  case $2 in
    +) [[ -x $1 ]] || chmod +x -- "$1" 8<&- 9>&- ;;
    -) [[ ! -x $1 ]] || chmod a-x -- "$1" 8<&- 9>&- ;;
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
  if [[ ! -d $1 ]]; then printf '%s l # -1;%s\n' "$nonce" "$nonce" >&9; return; fi
  shopt -s nullglob dotglob
  walk "${1%/}" "" 0
  (( ${#names[@]} )) && printf -v text '%s//' "${names[@]}"
  printf '%s l # %s;%s%s\n' "$nonce" "${#text}" "$text" "$nonce" >&9
}

#--- loop
declare -A part
while [[ $1 != -- ]]; do part[$1]=$2; shift 2; done
shift
eval "${part[start]}"
while want=128 got=; read -r -N 128 -u 8 got || eval "${part[take]}"; do
  set -- $got
  cut= got= op=$1
  [[ $op != w ]] || set -- x "${@:2}"
  case $1 in
  x) want=$(( $3 + $4 + $5 + $6 )) ;;
  s) want=$3 ;;
  p) printf '%s p #;%s\n' "$2" "$2" >&9; continue ;;
  # What was its output becomes its standard error: open, so that its end still tells of the sandbox's, and no command's.
  d) exec 2>&9 9> >(:); printf '%s d #;%s\n' "$2" "$2" >&2; continue ;;
  q) exit 0 ;;
  *) exit 3 ;;
  esac
  read -r -N "$want" -u 8 got || eval "${part[take]}" || exit 0
  [[ -z ${part[crowd]} ]] || eval "${part[make_room]}"
  case $1 in
  s)
    serving=1
    ( trap - {1..8} {11..16} {24..27} {29..31}; nonce=$2; eval "${part[files]}${part[pour]}"; eval "$got" ) &
    child=$!
    wait "$child"
    code=$?
    (( code >= 0 && code <= 128 )) || eval "${part[attend]}"
    [[ -z $cut ]] || eval "${part[massacre]}"
    serving=
    [[ $code == 0 && -z $cut ]] || printf '%s f #;%s\n' "$2" "$2" >&9 ;;
  x)
    file=${part[dir]}/$2
    exec 3<>"$file.o" 4<>"$file.e" 5<>"$file.s" || eval "${part[reopen]}"
    serving=1
    # Not where something was left behind, which could meddle with a shell that waits.
    if [[ $op == w && -z ${part[crowd]} ]]; then eval "${part[work]}"
    else
      [[ -z $worker ]] || eval "${part[fire]}"
      (
        trap - {1..8} {11..16} {24..27} {29..31}
        [[ $6 == 0 ]] || eval "${part[feed]}"
        [[ $got != *\$* ]] || eval "${part[fresh]}"
        trap "{ builtin pwd; builtin printf //; builtin declare -px; } >|$file.s 2>/dev/null" EXIT
        cd -- "${got:0:$3}" || cd -- "${part[home]}" || cd /
        ulimit -u "${part[most]}"
        # Apart: where one of several cannot be done, bash undoes them all.
        exec 3<&- 4<&- 5<&- 8<&- 9>&-
        exec >"$file.o" 2>"$file.e" || exit 126
        set -- "${got:$3:$4}" "${got:$3+$4:$5}"
        [[ $1 == *'declare -x LANG='* ]] || unset -v LANG
        unset -v LC_CTYPE LC_COLLATE PATH part serving want got cut file code after out err
        unset -v op more worker child before turn said crowd COPROC COPROC_PID
        eval "$1" 2>/dev/null
        [[ $PWD -ef . ]] || cd -P . 2>/dev/null
        shift
        eval "set --; $1"
      ) &
      child=$!
      wait "$child"
      code=$?
      (( code >= 0 && code <= 128 )) || eval "${part[attend]}"
    fi
    [[ -z $cut ]] || eval "${part[massacre]}"
    serving= want=x
    [[ -z $cut ]] || want=k code=0
    IFS= read -r -d '' -n 70001 -u 5 after
    if [[ $after == "${got:0:$3}"$'\n'"//${got:$3:$4}" ]]; then after=
    # Too large: the directory alone, and what is no declaration.
    elif (( ${#after} > 70000 )); then after=${after%%$'\n//'*}$'\n//-'; fi
    if IFS= read -r -d '' -n 16385 -u 3 out || IFS= read -r -d '' -n 16385 -u 4 err || (( ${#out} > $7 || ${#err} > $7 )); then
      eval "${part[report]}"
    else
      printf '%s\n' "$2 $want $code ${#out} ${#err} # ${#out} ${#err} ${#after};$out$err$after$2" >&9
    fi
    # While the host reads. Only what is left behind now can be there at the next request.
    if [[ $worker ]]; then
      [[ -z $after ]] || before=${after/$'\n//'}
      if [[ $crowd == 0 ]]; then part[crowd]=1; else part[crowd]=; fi
    elif kill -0 -1; then part[crowd]=1
    else part[crowd]=; fi
    # Input can be large.
    [[ $6 == 0 ]] || part[seq]=128
    (( ++part[seq] < 128 )) || eval "${part[tidy]}" ;;
  esac
done
