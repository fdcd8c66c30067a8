"""How a test ended, from the reports of pytest: part of pytest_runner.py and of synthesis/run_variants.py."""


def read_phase(report, plain):
    """(when, outcome, whether it was expected to fail) of one report; `plain` is the class of a test's own reports."""
    # pytest 9 and pytest-subtests send a report of a kind of its own for each subtest, beside the test's.
    when = report.when if type(report) is plain else "subtest"
    return when, report.outcome, hasattr(report, "wasxfail")


def classify(phases):
    """One word for the three reports of a test and those of its subtests."""
    parts = [outcome for when, outcome, _ in phases if when == "subtest"]
    phases = [phase for phase in phases if phase[0] != "subtest"]
    if len(phases) != len({when for when, _, _ in phases}):
        return "ERROR"
    outcomes = {when: (outcome, xfail) for when, outcome, xfail in phases}
    if outcomes.get("setup", ("",))[0] == "failed" or outcomes.get("teardown", ("",))[0] == "failed":
        return "ERROR"
    if any(outcome == "skipped" and xfail for outcome, xfail in outcomes.values()):
        return "XFAIL"
    if any(outcome == "skipped" for outcome, _ in outcomes.values()):
        return "SKIPPED"
    complete = "failed" not in parts and all(outcomes.get(when, ("",))[0] == "passed" for when in ("setup", "call", "teardown"))
    return "PASSED" if complete else "FAILED"
