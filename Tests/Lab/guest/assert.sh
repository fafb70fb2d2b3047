# Assertions. Each takes a sentence first and writes one `@@` line; what a failure has to tell follows indented.

# pass SENTENCE
pass() { echo "@@ pass $1"; }

# fail SENTENCE: details come from standard input.
fail() {
  echo "@@ fail $1"
  sed 's/^/    /'
}

# holds SENTENCE COMMAND...: the command succeeds.
holds() {
  sentence=$1; shift
  if "$@" > /tmp/said 2>&1; then pass "$sentence"; else { echo "failed: $*"; cat /tmp/said; } | fail "$sentence"; fi
}

# same SENTENCE EXPECTED ACTUAL: two texts are equal, as a whole.
same() {
  if [ "$2" = "$3" ]; then pass "$1"; return; fi
  printf '%s\n' "$2" > /tmp/expected
  printf '%s\n' "$3" > /tmp/actual
  diff -U 3 /tmp/expected /tmp/actual | sed '1,2d' | fail "$1"
}

# says SENTENCE WORDS FILE: a line of the file holds the words.
says() {
  if grep -qF -- "$2" "$3"; then pass "$1"; else { echo "no line holds: $2"; cat "$3"; } | fail "$1"; fi
}

# silent SENTENCE WORDS FILE: no line of the file holds the words.
silent() {
  if grep -F -- "$2" "$3" > /tmp/said; then fail "$1" < /tmp/said; else pass "$1"; fi
}

# exits SENTENCE STATUS COMMAND...: the command ends with that status; its output is in /tmp/out and /tmp/err.
exits() {
  sentence=$1; wanted=$2; shift 2
  "$@" > /tmp/out 2> /tmp/err
  status=$?
  if [ "$status" = "$wanted" ]; then pass "$sentence"; return; fi
  { echo "status $status and not $wanted: $*"; cat /tmp/out /tmp/err; } | fail "$sentence"
}
