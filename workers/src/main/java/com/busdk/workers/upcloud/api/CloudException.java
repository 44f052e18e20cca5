package com.busdk.workers.upcloud.api;

import com.busdk.client.http.ApiException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The cloud did not do what it was asked for. The message is made of what the worker knows (the call, the status, the
 * cloud's code and what to do about it); the cloud's own sentence is never in it, since its answers may repeat secrets.
 * Costs no stack trace. Immutable.
 */
public final class CloudException extends RuntimeException {
    /** The word of the error in events. */
    public static final String TYPE = "upcloud_error";

    private static final int NO_ANSWER = 0;
    private static final int CONFLICT = 409;
    private static final int TOO_MANY = 429;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int SERVER_FAULT = 500;

    private final boolean answered;
    private final int status;
    private final String code;
    private final @Nullable Duration retryAfter;

    private CloudException(boolean answered, int status, String code, String message, @Nullable Duration retryAfter) {
        super(message, null, false, false);
        this.answered = answered;
        this.status = status;
        this.code = code;
        this.retryAfter = retryAfter;
    }

    /** The cloud refused a call. */
    static CloudException refused(String call, int status, String code, String advice, @Nullable Duration retryAfter) {
        String what = code.isEmpty() ? "status " + status : status + " " + code;
        return new CloudException(
                true, status, code, "the cloud answered " + call + " with " + what + advice, retryAfter);
    }

    /** There was no answer, so that nobody knows whether the call was obeyed. */
    static CloudException noAnswer(String call, String why) {
        return new CloudException(false, NO_ANSWER, "", "the cloud did not answer " + call + ": " + why, null);
    }

    /** The answer is not what the API promises. */
    static CloudException unreadable(String call, String why) {
        return new CloudException(
                true, NO_ANSWER, "", "the cloud's answer to " + call + " cannot be used: " + why, null);
    }

    /**
     * Whether the cloud was reached.
     *
     * @return false if no answer came
     */
    public boolean answered() {
        return answered;
    }

    /**
     * The HTTP status.
     *
     * @return the status, 0 if there was no answer that could be used
     */
    public int status() {
        return status;
    }

    /**
     * The cloud's own word.
     *
     * @return such as {@code SERVER_STATE_ILLEGAL}; empty if it gave none
     */
    public String code() {
        return code;
    }

    /**
     * How long the cloud wants to be left alone.
     *
     * @return the time, if it said so
     */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    /**
     * Whether a call that changes something may have been obeyed although it failed.
     *
     * @return true if there was no answer, or one of a fault
     */
    public boolean outcomeUnknown() {
        return status == NO_ANSWER || status >= SERVER_FAULT;
    }

    /**
     * Whether the same call may succeed later.
     *
     * @return true without an answer, after a fault, and if there were too many calls
     */
    public boolean mayPass() {
        return outcomeUnknown() || status == TOO_MANY;
    }

    /**
     * Whether the server or one of its disks is in a state that does not allow the call. Other conflicts, such as a zone
     * that is full, have the same status and are not meant.
     *
     * @return true for {@code …_STATE_ILLEGAL}
     */
    public boolean stateConflict() {
        return status == CONFLICT && code.endsWith("_STATE_ILLEGAL");
    }

    /**
     * Whether what was asked for is not there.
     *
     * @return true for 404
     */
    public boolean notFound() {
        return status == NOT_FOUND;
    }

    /**
     * Whether this may be how the cloud answers what is below a server that has been deleted (403 with
     * {@code AUTHENTICATION_FAILED}, as has been seen): a look at the server itself tells.
     *
     * @return true also for a token that may not do this
     */
    public boolean mayBeGone() {
        return status == FORBIDDEN && code.equals("AUTHENTICATION_FAILED");
    }

    /**
     * The same as an error of an event.
     *
     * @return type {@value #TYPE}
     */
    public ApiException toApi() {
        String message = getMessage();
        return ApiException.of(502, TYPE, message == null ? "the cloud failed" : message);
    }
}
