# What `host snapshot` writes down is what the shell sees.

exits "the snapshot is taken" 0 vfioplan host snapshot
flatten < /tmp/out > /tmp/facts

# facts KEY...: address and these facts of every function, one a line.
facts() {
  awk -v keys="$*" '
    function show() { if (address) { line = address; for (i = 1; i <= count; i++) line = line " " fact[names[i]]; print line } }
    BEGIN { count = split(keys, names, " ") }
    /^devices\.[0-9]+\./ {
      split($1, part, "."); key = part[3]; value = $0; sub(/^[^ ]* /, "", value)
      if (key == "address") { show(); address = value; delete fact } else fact[key] = value
    }
    END { show() }' /tmp/facts
}

seen() {
  for path in "$devices"/*; do
    address=$(basename "$path")
    name=$(driver "$address")
    [ "$name" = - ] && name=none
    echo "$address $(identity "$address" | tr : ' ') $(cut -c 3- "$path/class") $name"
  done
}
same "ids, class and driver of every function" "$(seen)" "$(facts vendor id class driver)"

for path in /sys/kernel/iommu_groups/*; do
  [ -d "$path" ] && members "$(basename "$path")" | tr '\n' ' ' && echo
done | sort > /tmp/expected
awk '/^groups\.[0-9]+\.members\./ { split($1, part, "."); sets[part[2]] = sets[part[2]] $2 " " }
  END { for (i in sets) print sets[i] }' /tmp/facts | sort > /tmp/actual
same "the groups, as sets of addresses" "$(cat /tmp/expected)" "$(cat /tmp/actual)"

same "the kernel's release" "kernel.release $(uname -r)" "$(grep '^kernel.release ' /tmp/facts)"

# What the host itself lives on: the mounted disk and the interface of the default route.
uses() {
  awk '/^devices\.[0-9]+\.address / { address = $2 } /^devices\.[0-9]+\.in-use\.[0-9]+ / { print address, $2 }' /tmp/facts
}
same "what is in use" "$(below 05.0) mounted
$(below 06.0) default-route
$(below 06.0) interface-up" "$(uses | sort)"

cp /tmp/out /tmp/first
vfioplan host snapshot > /tmp/second 2> /dev/null
same "a second snapshot is the same but for what changes by itself" \
  "$(grep -v '"free"' /tmp/first)" "$(grep -v '"free"' /tmp/second)"
