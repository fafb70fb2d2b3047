"""The lab's sources are the machine's Debian sources with the suite moved, and nobody else's."""

import unittest

from lab.packages import NATIVE, SUITE, Target, moved_line, moved_stanza

OWN = Target(SUITE, NATIVE)


class SourcesTests(unittest.TestCase):
    def test_a_stanza_keeps_all_but_its_suites(self):
        stanza = (
            "# archive\nTypes: deb deb-src\nURIs: http://mirror.example/debian\nSuites: oldname oldname-updates\n"
            "Components: main\nSigned-By: /usr/share/keyrings/archive.gpg\n"
        )
        self.assertEqual(
            moved_stanza(stanza, "oldname", OWN),
            f"Types: deb\nURIs: http://mirror.example/debian\nSuites: {SUITE} {SUITE}-updates\n"
            "Components: main\nSigned-By: /usr/share/keyrings/archive.gpg\nArchitectures: amd64\n",
        )

    def test_a_key_inside_a_stanza_is_kept(self):
        stanza = "Types: deb\nURIs: http://m.example\nSuites: oldname\nComponents: main\nSigned-By:\n BEGIN KEY\n .\n mQ=\n"
        self.assertIn("Signed-By: \n BEGIN KEY\n .\n mQ=\n", moved_stanza(stanza, "oldname", OWN))

    def test_sources_of_other_vendors_and_disabled_ones_are_left_out(self):
        for stanza in (
            "Types: deb\nURIs: http://vendor.example\nSuites: nodistro\nComponents: main\n",
            "Types: deb\nURIs: http://vendor.example\nSuites: tool-oldname\nComponents: main\n",
            "Types: deb-src\nURIs: http://mirror.example\nSuites: oldname\nComponents: main\n",
            "Enabled: no\nTypes: deb\nURIs: http://mirror.example\nSuites: oldname\nComponents: main\n",
        ):
            with self.subTest(stanza):
                self.assertIsNone(moved_stanza(stanza, "oldname", OWN))

    def test_a_line_becomes_a_stanza(self):
        self.assertEqual(
            moved_line("deb [arch=amd64 signed-by=/k.gpg] http://m.example/debian oldname-security main extra", "oldname", OWN),
            f"Types: deb\nURIs: http://m.example/debian\nSuites: {SUITE}-security\nComponents: main extra\n"
            "Architectures: amd64\nSigned-By: /k.gpg\n",
        )

    def test_other_lines_are_left_out(self):
        for line in ("", "# deb http://m.example oldname main", "deb-src http://m.example oldname main"):
            with self.subTest(line):
                self.assertIsNone(moved_line(line, "oldname", OWN))

    def test_another_architecture_takes_the_release_alone(self):
        stanza = "Types: deb\nURIs: http://m.example\nSuites: oldname oldname-updates\nComponents: main\n"
        foreign = Target("stable", "ppc64el")
        self.assertEqual(
            moved_stanza(stanza, "oldname", foreign),
            "Types: deb\nURIs: http://m.example\nSuites: stable\nComponents: main\nArchitectures: ppc64el\n",
        )
        self.assertIsNone(moved_stanza(stanza.replace("oldname oldname-updates", "oldname-security"), "oldname", foreign))
