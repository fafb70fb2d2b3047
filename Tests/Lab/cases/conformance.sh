# The real kernel answers as the model does: one table of calls and answers for both, state by state.

single=$(below 04.0)
pair0=$(below 08.0 1)
pair1=$(below 08.0 2)
before=$(bindings)

# conforms STATE SENTENCE: asks the rows of a state; those that differ are what is shown.
conforms() {
  vfio-conformance --state "$1" --machine "$(cat /lab/iommu)" /lab/x86.tsv "single=$single@$(group "$single")" \
    "pair0=$pair0@$(group "$pair0")" "pair1=$pair1@$(group "$pair1")" > /tmp/rows 2>&1
  asked=$(grep -c '^@@row' /tmp/rows)
  same "$2" "@@conformance state=$1 rows=$asked differing=0" "$(grep -B 1 -e @@differs /tmp/rows; tail -n 1 /tmp/rows)"
  holds "rows were asked in state $1" [ "$asked" -gt 0 ]
}

rebind vfio-pci "$single" "$pair0" "$pair1"
conforms bound "with every member bound"
rebind - "$single" "$pair1"
conforms native "with a member on its native driver"
echo "$pair1" > "$devices/$pair1/driver/unbind"
conforms driverless "with a member without a driver"
conforms unbound "of a group without a bound member"

rebind - "$pair0" "$pair1"
same "every driver is as it was" "$before" "$(bindings)"
