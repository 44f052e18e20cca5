package com.busdk.client.identity;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands still until a test moves it. Any thread may read it. */
final class MovableClock implements InstantSource {
    private volatile Instant now = Tokens.NOW;

    @Override
    public Instant instant() {
        return now;
    }

    void advance(Duration by) {
        now = now.plus(by);
    }
}
