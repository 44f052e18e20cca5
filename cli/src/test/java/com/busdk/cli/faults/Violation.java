package com.busdk.cli.faults;

/**
 * A promise that was broken.
 *
 * @param rule which
 * @param what by which event, or in which place
 */
record Violation(Rule rule, String what) {
    @Override
    public String toString() {
        return rule + " (" + rule.meaning() + "): " + what;
    }
}
