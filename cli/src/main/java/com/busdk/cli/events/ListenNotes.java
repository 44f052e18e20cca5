package com.busdk.cli.events;

import com.busdk.cli.command.Invocation;
import com.busdk.client.config.GoDuration;
import com.busdk.client.events.ListenObserver;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;

/** Tells on standard error how a listening fares. On the event loop; standard error is safe on any thread. */
final class ListenNotes implements ListenObserver {
    private final Invocation invocation;

    ListenNotes(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public void connected(boolean again) {
        if (again) {
            invocation.note("connected again, going on where it left off");
        } else {
            invocation.detail("connected");
        }
    }

    @Override
    public void reconnecting(Throwable cause, Duration delay) {
        invocation.note(String.valueOf(cause.getMessage()) + "; trying again in "
                + GoDuration.format(Duration.ofMillis(delay.toMillis())));
    }

    @Override
    public void caughtUp() {
        invocation.detail("caught up: what follows is live");
    }

    @Override
    public void truncated() {
        invocation.note("some of the events that were asked for are no longer kept: going on with the oldest that is");
    }

    @Override
    public void notice(String kind, JsonNode notice) {
        if (kind.equals("token_expiring")) {
            invocation.note("the token expires within a minute: renew the token file, it is read again");
        } else {
            invocation.detail("notice of the service: " + kind);
        }
    }
}
