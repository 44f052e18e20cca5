package com.busdk.client.identity;

/**
 * A token that does not hold, inside this package; the verifier turns it into a 401. Its message is for the caller and
 * repeats nothing of the token. It has no stack trace, since strangers can cause it at will.
 */
final class TokenRefused extends Exception {
    TokenRefused(String message) {
        super(message, null, false, false);
    }
}
