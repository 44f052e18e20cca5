package com.busdk.broker.backend.nats;

import java.util.concurrent.CompletionException;

/** Why the cluster has not done what it was asked. The message is for an operator. */
final class NatsRefusal extends Exception {
    private static final long serialVersionUID = 1L;

    /** What a caller can tell apart. */
    enum Kind {
        /** Nobody is there who could answer: no leader, no such process. */
        NO_RESPONDERS,
        /** It may have been done, or not. */
        TIMEOUT,
        /** Likewise; the connection is gone. */
        DISCONNECTED,
        /** Another message was the last of the subject. */
        WRONG_LAST,
        TOO_LARGE,
        /** The stream, or a server's disk, is full. */
        NO_ROOM,
        OTHER
    }

    private final Kind kind;

    NatsRefusal(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }

    /** The refusal in what a future failed with. */
    static NatsRefusal of(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof NatsRefusal refusal ? refusal : new NatsRefusal(Kind.OTHER, cause.toString());
    }
}
