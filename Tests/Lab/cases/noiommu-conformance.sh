# The real kernel answers as the model does for groups that no IOMMU stands behind.

single=$(below 04.0)
before=$(bindings)
mode=/sys/module/vfio/parameters/enable_unsafe_noiommu_mode
echo 1 > "$mode"
rebind vfio-pci "$single" 2> /dev/null

vfio-conformance --state noiommu --machine none /lab/noiommu.tsv "single=$single@$(group "$single")" > /tmp/rows 2>&1
asked=$(grep -c '^@@row' /tmp/rows)
same "noiommu: a group that is made for the mode" "@@conformance state=noiommu rows=$asked differing=0" \
  "$(grep -B 1 -e @@differs /tmp/rows; tail -n 1 /tmp/rows)"
holds "rows of noiommu were asked" [ "$asked" -gt 0 ]

rebind - "$single"
echo 0 > "$mode"
same "every driver is as it was" "$before" "$(bindings)"
