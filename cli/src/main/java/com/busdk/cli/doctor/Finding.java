package com.busdk.cli.doctor;

/**
 * What one check found.
 *
 * @param check what was looked at, a word or two
 * @param state how it is
 * @param message what was found
 * @param fix what to do about it; empty where nothing needs doing
 * @param exitCode what the command ends with if this is the worst of it
 */
record Finding(String check, State state, String message, String fix, int exitCode) {
    /** How something is. */
    enum State {
        /** As it should be. */
        OK("ok"),
        /** It works, but deserves a look. */
        WARNING("warning"),
        /** It does not work. */
        FAILED("failed");

        private final String word;

        State(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    static Finding ok(String check, String message) {
        return new Finding(check, State.OK, message, "", 0);
    }

    static Finding warning(String check, String message, String fix) {
        return new Finding(check, State.WARNING, message, fix, 0);
    }

    static Finding failed(String check, String message, String fix, int exitCode) {
        return new Finding(check, State.FAILED, message, fix, exitCode);
    }

    /** What an error says before it says what to do, which a finding tells in its own column. */
    static String problem(String error) {
        int end = error.indexOf("; ");
        String problem = end < 0 ? error : error.substring(0, end);
        int bracket = problem.indexOf("): ");
        return bracket < 0 ? problem : problem.substring(0, bracket + 1);
    }
}
