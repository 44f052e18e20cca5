package com.busdk.cli.events;

import com.busdk.client.events.ListenObserver;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;

/**
 * Notices that a history has a gap: the service no longer keeps what would have come next. It is told on the event loop
 * before any line behind the gap is handed over; any thread may look.
 */
final class GapWatch implements ListenObserver {
    private final ListenObserver notes;
    private volatile boolean gap;

    /** @param notes is told the rest */
    GapWatch(ListenObserver notes) {
        this.notes = notes;
    }

    boolean gap() {
        return gap;
    }

    @Override
    public void truncated() {
        gap = true;
    }

    @Override
    public void connected(boolean again) {
        notes.connected(again);
    }

    @Override
    public void reconnecting(Throwable cause, Duration delay) {
        notes.reconnecting(cause, delay);
    }

    @Override
    public void notice(String kind, JsonNode notice) {
        notes.notice(kind, notice);
    }
}
