package com.busdk.client.events;

import com.busdk.client.text.Echo;
import java.net.URI;

/**
 * The service could not be reached, or the connection was lost before the answer. In the second case the outcome is not
 * known: what was asked for may have happened. Has no trace.
 */
public final class UnreachableException extends RuntimeException {
    private final boolean outcomeUnknown;

    private UnreachableException(String message, boolean outcomeUnknown) {
        super(message, null, false, false);
        this.outcomeUnknown = outcomeUnknown;
    }

    static UnreachableException notConnected(URI service, Throwable cause) {
        return new UnreachableException(
                "cannot reach " + service.getScheme() + "://" + service.getRawAuthority() + " (" + reason(cause)
                        + "): check that the service is running (`bus up` starts one here) and the URL",
                false);
    }

    static UnreachableException lost(URI service, Throwable cause) {
        return new UnreachableException(
                "lost the connection to " + service.getScheme() + "://" + service.getRawAuthority() + " ("
                        + reason(cause) + ")",
                true);
    }

    /**
     * Whether what was asked for may have happened although no answer came. Repeating a publish is then safe only with
     * the same idempotency key.
     *
     * @return false if nothing was sent
     */
    public boolean outcomeUnknown() {
        return outcomeUnknown;
    }

    private static String reason(Throwable cause) {
        String message = cause.getMessage();
        return Echo.of(message == null || message.isBlank() ? cause.getClass().getSimpleName() : message);
    }
}
