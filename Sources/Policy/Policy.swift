// The rules, their catalogue and pages.
