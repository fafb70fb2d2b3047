# Guest files for the cases.

# guest_file ENTRY...: /tmp/guest.yaml with these entries as devices of a map-all guest, the first on line 11.
guest_file() {
  cat > /tmp/guest.yaml <<END
version: 1
host: {reserve: 64MiB}
guests:
  lab:
    machine: q35
    memory: 64MiB
    hypervisor: {memlock: unlimited}
    bridges:
      main:
        devices:
END
  for entry; do echo "          - $entry"; done >> /tmp/guest.yaml
}

# of_iommufd: makes the guest of /tmp/guest.yaml one of iommufd; its first device stands on line 12.
of_iommufd() { sed -i 's/^    memory:.*/&\n    iommu-model: iommufd/' /tmp/guest.yaml; }

# quoted ADDRESS: the entry that gives a function alone.
quoted() { echo "\"$1\""; }

# with_siblings WORD ADDRESS: the entry that gives a function and says what becomes of the rest of its group.
with_siblings() { echo "{device: \"$2\", siblings: $1}"; }
