package com.busdk.client.auth;

/** A token that stays the same; it does not show itself. Immutable. */
final class FixedToken implements TokenSource {
    private final String token;

    FixedToken(String token) {
        this.token = token;
    }

    @Override
    public String token() {
        return token;
    }

    @Override
    public boolean mayBlock() {
        return false;
    }

    @Override
    public String toString() {
        return "FixedToken";
    }
}
