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

# hexadecimal OCTAL
hexadecimal() { printf '0x%x' "0$1"; }

# The register files of an IOMMU are those of its vendor.
for path in /sys/class/iommu/*; do
  [ -d "$path/devices" ] || continue
  printf '%s' "$(basename "$path")"
  for register in "$path"/intel-iommu/cap "$path"/intel-iommu/ecap "$path"/amd-iommu/cap "$path"/amd-iommu/features; do
    [ -e "$register" ] && printf ' %s' "$(cat "$register")"
  done
  echo
done > /tmp/expected
awk '/^iommus\.[0-9]+\.(name|cap|ecap|features) / {
    if ($1 ~ /name$/ && line) print line
    line = $1 ~ /name$/ ? $2 : line " " $2
  } END { if (line) print line }' /tmp/facts > /tmp/actual
same "the IOMMUs and their registers" "$(cat /tmp/expected)" "$(cat /tmp/actual)"

for path in /dev/iommu /dev/vfio/vfio; do
  [ -e "$path" ] && echo "$path $(hexadecimal "$(stat -c %a "$path")") $(stat -c %u "$path")"
done > /tmp/expected
awk '/^nodes\.[0-9]+\.path / { line = $2 } /^nodes\.[0-9]+\.mode / { line = line " " $2 }
  /^nodes\.[0-9]+\.owner / { print line, $2 }' /tmp/facts | grep -v '^/dev/vfio/[0-9d]' > /tmp/actual
same "the nodes and who may open them" "$(cat /tmp/expected)" "$(cat /tmp/actual)"

for name in iommufd vfio vfio_iommu_type1 vfio_pci; do
  if [ -d "/sys/module/$name" ]; then echo "$name true"; else echo "$name false"; fi
done > /tmp/expected
awk '/^modules\.[0-9]+\.name / { name = $2 } /^modules\.[0-9]+\.loaded / { print name, $2 }' /tmp/facts |
  grep -e '^iommufd ' -e '^vfio ' -e '^vfio_iommu_type1 ' -e '^vfio_pci ' > /tmp/actual
same "the modules of VFIO" "$(cat /tmp/expected)" "$(cat /tmp/actual)"

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
