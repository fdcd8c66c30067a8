/** Builtins that do nothing to their shell, but for the directory. Not test: `test -v 'a[x=1]'` assigns. */
const HARMLESS = new Set(["true", "false", ":", "echo", "pwd", "cd"]);
const SHELL_WORDS = new Set(
  (
    "! . alias bg bind break builtin caller case command compgen complete compopt continue coproc declare dirs disown do " +
    "done elif else enable esac eval exec exit export fc fg fi for function getopts hash help history if in jobs kill let " +
    "local logout mapfile popd printf pushd read readarray readonly return select set shift shopt source suspend test then " +
    "time times trap type typeset ulimit umask unalias unset until wait while"
  ).split(" "),
);
/** Quoted text without expansions, words of plain characters and patterns, redirections to nowhere or to each other. */
const TOKEN =
  /(?<space> +)|(?<next>\|\||&&|[|;])|(?<redirection>(?:2>&1|>&2|1>&2|[12]?>{1,2} ?\/dev\/null)(?=[ ;|&]|$))|(?<word>(?:'[^']*'|"[^"$`\\!]*"|[A-Za-z0-9_./:,@%+=*?[\]~-])+)/y;
const PLAIN_NAME = /^[A-Za-z0-9_./+-]+$/;
/** Exported variables that a shell itself works by. */
const OF_THE_SHELL =
  /^declare -[A-Za-z]+ (?:BASH\w*|CDPATH|EXECIGNORE|GLOBIGNORE|IFS|OPTERR|OPTIND|POSIXLY_CORRECT|SHELLOPTS|TMOUT|swerl_turn)\b/m;
const MAX_CHARACTERS = 4_096;

/**
 * True for a command that leaves its shell as it was, but for the directory and what the reply tells: a list of
 * programs and harmless builtins, with arguments that are plain or quoted, in ASCII on one line. Everything else is
 * taken for one that might: assignments, expansions, groups, background jobs, here-documents, files that the shell
 * itself opens, and programs that are told their parent's process id.
 */
export function leavesNoTrace(command: string): boolean {
  if (command.length > MAX_CHARACTERS || !/^[ -~]+$/.test(command) || /\$\$|PPID/.test(command)) return false;
  let isFirst = true;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < command.length) {
    const groups = TOKEN.exec(command)?.groups;
    if (groups === undefined) return false;
    if (groups["next"] !== undefined) {
      if (isFirst) return false;
      isFirst = true;
    } else if (groups["redirection"] !== undefined) {
      // What stands right before it may be its descriptor: `3>file read x` reads.
      if (isFirst || command[TOKEN.lastIndex - groups["redirection"].length - 1] !== " ") return false;
    } else if (groups["word"] !== undefined) {
      if (isFirst && !isHarmless(groups["word"])) return false;
      isFirst = false;
    }
  }
  return !isFirst;
}

/** True for exported variables, as `declare -x` lines, with which a shell reads and runs commands as without them. */
export function areOfPrograms(declarations: Buffer): boolean {
  return !OF_THE_SHELL.test(declarations.toString("latin1"));
}

function isHarmless(name: string): boolean {
  return HARMLESS.has(name) || (PLAIN_NAME.test(name) && !SHELL_WORDS.has(name));
}
