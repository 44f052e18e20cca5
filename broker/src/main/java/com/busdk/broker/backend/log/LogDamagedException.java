package com.busdk.broker.backend.log;

/** What is on disk is not what was written. The message names file and offset, and what an operator can do. */
public final class LogDamagedException extends Exception {
    private static final long serialVersionUID = 1L;

    public LogDamagedException(String message) {
        super(message);
    }

    public LogDamagedException(String message, Throwable cause) {
        super(message, cause);
    }
}
