# Without interrupt remapping the kernel refuses a model for any group, and says why in its log.

single=$(below 04.0)
before=$(bindings)
rebind vfio-pci "$single"
dmesg -c > /dev/null
vfio-conformance --state unremapped --machine any /lab/x86.tsv "single=$single@$(group "$single")" > /tmp/rows 2>&1
asked=$(grep -c '^@@row' /tmp/rows)
same "with the function bound" "@@conformance state=unremapped rows=$asked differing=0" \
  "$(grep -B 1 -e @@differs /tmp/rows; tail -n 1 /tmp/rows)"
holds "rows were asked" [ "$asked" -gt 0 ]
dmesg > /tmp/log
says "the kernel names the parameter that would allow it" allow_unsafe_interrupts /tmp/log
rebind - "$single"
same "every driver is as it was" "$before" "$(bindings)"
