# The table of calls and answers by which the model kernel is tested, asked of this kernel.

# conforms STATE SENTENCE NAME=ADDRESS...: asks the rows of a state; those that differ are what is shown.
conforms() {
  state=$1; sentence=$2; shift 2
  for named; do
    set -- "$@" "$named@$(group "${named#*=}")"
    shift
  done
  vfio-conformance --state "$state" --machine "$(cat /lab/iommu)" /lab/x86.tsv "$@" > /tmp/rows 2>&1
  asked=$(grep -c '^@@row' /tmp/rows)
  same "$sentence" "@@conformance state=$state rows=$asked differing=0" \
    "$(grep -B 1 -e @@differs /tmp/rows; tail -n 1 /tmp/rows)"
  holds "rows were asked in state $state" [ "$asked" -gt 0 ]
}
