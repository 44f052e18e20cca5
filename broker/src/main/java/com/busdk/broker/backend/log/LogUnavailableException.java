package com.busdk.broker.backend.log;

/** The log takes no events now: the disk is full, a flush failed, or it is closed. The message is fit for a client. */
public final class LogUnavailableException extends Exception {
    private static final long serialVersionUID = 1L;

    public LogUnavailableException(String message) {
        super(message);
    }

    public LogUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
