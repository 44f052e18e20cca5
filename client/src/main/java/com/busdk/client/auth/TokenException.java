package com.busdk.client.auth;

/** There is no token, or it cannot be used. The message says what to do and never holds a token; it has no trace. */
public final class TokenException extends RuntimeException {
    /**
     * Says what is wrong.
     *
     * @param message for a person, with what to do
     */
    public TokenException(String message) {
        super(message, null, false, false);
    }
}
