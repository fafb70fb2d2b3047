"""The judge: nothing that was left unsaid counts as passed."""

import unittest

from lab.verdict import judge

WHOLE = ["noise", "@@ boot 4.2", "@@ case one", "@@ pass it holds", "    @@ fail not a marker", "@@ done one", "@@ end"]


class VerdictTests(unittest.TestCase):
    def failures(self, lines, cases=("one",)):
        return judge(lines, list(cases)).failed

    def test_a_whole_boot_passes(self):
        verdict = judge(WHOLE, ["one"])
        self.assertEqual((verdict.passed, verdict.failed), (["one: it holds"], []))

    def test_times_are_those_of_the_guest(self):
        lines = WHOLE[:-1] + ["@@ time 4.25 6.5", "@@ end"]
        self.assertEqual(judge(lines, ["one"]).seconds, {"boot": 4.2, "one": 2.25})

    def test_a_failed_check_is_named_with_its_case(self):
        lines = [line.replace("pass", "fail") for line in WHOLE]
        self.assertEqual(self.failures(lines), ["one: it holds"])

    def test_a_boot_cut_off_fails_even_after_all_cases(self):
        self.assertEqual(self.failures(WHOLE[:-1]), ["the guest did not reach its end"])

    def test_a_case_without_an_end_fails(self):
        lines = [line for line in WHOLE if "done" not in line]
        self.assertEqual(self.failures(lines), ["one: did not run to its end, or checked nothing"])

    def test_a_case_that_checked_nothing_fails(self):
        lines = [line for line in WHOLE if "pass" not in line]
        self.assertEqual(self.failures(lines), ["one: did not run to its end, or checked nothing"])

    def test_a_case_that_never_began_fails(self):
        self.assertEqual(self.failures(WHOLE, ["one", "two"]), ["two: did not run to its end, or checked nothing"])

    def test_checks_of_one_case_do_not_stand_for_the_next(self):
        lines = WHOLE[:-1] + ["@@ case two", "@@ done two", "@@ end"]
        self.assertEqual(self.failures(lines, ["one", "two"]), ["two: did not run to its end, or checked nothing"])

    def test_an_empty_boot_fails(self):
        self.assertEqual(len(self.failures([])), 2)
