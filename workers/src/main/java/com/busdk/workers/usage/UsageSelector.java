package com.busdk.workers.usage;

import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.workers.store.Fields;
import com.busdk.workers.store.Times;
import java.time.Clock;
import java.time.Instant;
import java.util.OptionalInt;

/**
 * Which records: those that happened before a time, in the order of time and id, page by page. Immutable.
 *
 * @param before exclusive, to the microsecond
 * @param page from 1 on
 * @param pageSize 1 to {@value #MAX_PAGE_SIZE}
 * @param skip how many records of the page whoever asks has already; given, it says that a part of the page is welcome, too
 */
record UsageSelector(Instant before, int page, int pageSize, OptionalInt skip) {
    private static final int DEFAULT_PAGE_SIZE = 1_000;
    private static final int MAX_PAGE_SIZE = 10_000;

    /** Ten thousand million records back there is nothing. */
    private static final int MAX_PAGE = 1_000_000;

    /**
     * Reads a request. Without a time it is about everything up to now, and the answer says what now was: so its reader can
     * ask for the next page, or have this one deleted, while new records come.
     *
     * @throws ApiException {@code bad_request} if anything is wrong
     */
    static UsageSelector read(Envelope request, Clock clock) {
        Fields fields = Fields.of(request);
        return new UsageSelector(
                fields.time("before").orElseGet(() -> Times.kept(clock.instant())),
                fields.whole("page", 1, MAX_PAGE).orElse(1L).intValue(),
                fields.whole("page_size", 1, MAX_PAGE_SIZE)
                        .orElse((long) DEFAULT_PAGE_SIZE)
                        .intValue(),
                fields.whole("skip", 0, MAX_PAGE_SIZE)
                        .map(skip -> OptionalInt.of(skip.intValue()))
                        .orElseGet(OptionalInt::empty));
    }

    /** How many records are passed over. */
    long offset() {
        return (page - 1L) * pageSize + skip.orElse(0);
    }

    /** How many records there may be in the answer. */
    int most() {
        return Math.max(0, pageSize - skip.orElse(0));
    }
}
