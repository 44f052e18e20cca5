package com.busdk.workers.ssh;

/** A candidate did not let the script begin, and nothing of the script was done there: another may get it. */
final class NotBegunException extends Exception {
    private final Cause cause;

    NotBegunException(Cause cause, String message) {
        super(message, null, false, false);
        this.cause = cause;
    }

    /** What kind of failure, the gravest first: that one is told when every candidate failed. */
    enum Cause {
        /** Another key than the one that is known, or none is known. */
        HOST_KEY(SshErrors.HOST_KEY_MISMATCH, true),
        /** It let us in and could not run the script. */
        TARGET(SshErrors.FAILED, false),
        /**
         * It let us in, and the shell was ended before it had said what it should, as by a machine that is short of memory.
         * That is no answer: the script of an earlier attempt may run there.
         */
        ENDED(SshErrors.FAILED, false),
        /** It refused the user or the key. */
        AUTH(SshErrors.AUTH_FAILED, false),
        /** It did not answer, or not like an SSH server. */
        UNREACHABLE(SshErrors.UNREACHABLE, true);

        private final String errorType;
        private final boolean ofTheHost;

        Cause(String errorType, boolean ofTheHost) {
            this.errorType = errorType;
            this.ofTheHost = ofTheHost;
        }

        String errorType() {
            return errorType;
        }

        /** Whether the host's other users would fare no better. */
        boolean isOfTheHost() {
            return ofTheHost;
        }

        /** Whether it answers that this user runs no scripts there, which does not pass by itself. */
        boolean isOfTheUser() {
            return this == TARGET || this == AUTH;
        }
    }

    Cause kind() {
        return cause;
    }

    String message() {
        String message = getMessage();
        return message == null ? "" : message;
    }
}
