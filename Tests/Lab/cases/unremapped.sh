# Without interrupt remapping the kernel refuses a model for any group, and says why in its log.

single=$(below 04.0)
before=$(bindings)
rebind vfio-pci "$single"
dmesg -c > /dev/null
conforms unremapped "with the function bound" "single=$single"
dmesg > /tmp/log
says "the kernel names the parameter that would allow it" allow_unsafe_interrupts /tmp/log
rebind - "$single"
same "every driver is as it was" "$before" "$(bindings)"
