# What a program on the core costs, beside a bare one that makes the same calls.

# by_core and bare: set by a case to functions that print a figure for each of some rounds, a line each.

# best FUNCTION: the best round; what disturbs a round only adds to it. The first one is a program's start, under emulation
# more than elsewhere.
best() { "$1" | sed 1d | sort -n | head -n 1; }

# take_turns TURNS: lets both run in turns, so that a busy machine slows both; ratios in thousands and the figures of either
# are in /tmp/turns.
take_turns() {
  for turn in $(seq "$1"); do
    one=$(best bare)
    other=$(best by_core)
    [ -n "$one" ] && [ -n "$other" ] || return 1
    echo "$((1000 * other / one)) $one $other"
  done > /tmp/turns
}

# compare WHAT CALLS: prints what the turns say of a round of so many calls.
compare() {
  sort -n /tmp/turns | awk -v "what=$1" -v "calls=$2" -v "unit=$(unit)" '
    { ratio[NR] = $1; if (!bare || $2 < bare) bare = $2; if (!core || $3 < core) core = $3 }
    END {
      printf "%s, best of all rounds: bare %d, core %d %s, %.3f times, %d more a call\n",
        what, bare, core, unit, core / bare, (core - bare) / calls
      printf "%s, in each of %d turns: %.3f to %.3f times, median %.3f\n",
        what, NR, ratio[1] / 1000, ratio[NR] / 1000, ratio[int((NR + 1) / 2)] / 1000
    }'
}

# median: the middle ratio of the turns, in thousands.
median() { sort -n /tmp/turns | cut -d ' ' -f 1 | sed -n "$((($(grep -c . /tmp/turns) + 1) / 2))p"; }

# unit: what the guest's clock counts.
unit() { if [ "$(cat /lab/clock)" = wall ]; then echo ns; else echo instructions; fi; }
