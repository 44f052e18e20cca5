package com.busdk.gateway.collector;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.text.Echo;
import com.busdk.gateway.http.Call;
import com.busdk.gateway.http.Json;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.Set;

/**
 * Which records: those that happened before a time, page by page. Immutable.
 *
 * @param before as the caller wrote it, RFC 3339; empty for all
 * @param page from 1 on
 * @param pageSize 1 to {@value #MAX_PAGE_SIZE}
 */
record Selector(Optional<String> before, int page, int pageSize) {
    /** The contract's default. */
    static final int DEFAULT_PAGE_SIZE = 1_000;

    /** The contract's bound: what is more than an event holds is asked for in parts. */
    static final int MAX_PAGE_SIZE = 10_000;

    /** Further back there is nothing: ten thousand pages of the largest size are more than a store is asked to skip. */
    static final int MAX_PAGE = 1_000_000;

    private static final String BEFORE = "before";
    private static final String PAGE = "page";
    private static final String PAGE_SIZE = "page_size";
    private static final Set<String> NAMES = Set.of(BEFORE, PAGE, PAGE_SIZE);

    /**
     * Reads the query. A parameter that is not known is refused: one that is misspelt would select, and delete, more than
     * was meant.
     *
     * @throws ApiException {@code bad_request} if anything is wrong
     */
    static Selector read(Call call) {
        for (String name : call.query().names()) {
            if (!NAMES.contains(name)) {
                throw bad("there is no parameter " + Echo.quote(name) + " here: before, page and page_size are what"
                        + " there is");
            }
        }
        Optional<String> before = call.query(BEFORE);
        before.ifPresent(Selector::checkTime);
        return new Selector(
                before, number(call, PAGE, 1, MAX_PAGE), number(call, PAGE_SIZE, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE));
    }

    /** The same for the worker. */
    ObjectNode payload() {
        ObjectNode payload = Json.object();
        before.ifPresent(time -> payload.put(BEFORE, time));
        return payload.put(PAGE, page).put(PAGE_SIZE, pageSize);
    }

    private static void checkTime(String text) {
        try {
            OffsetDateTime.parse(text);
        } catch (DateTimeException e) {
            throw bad("before is a time such as 2026-01-31T12:00:00Z; in a URL write %2B for a +");
        }
    }

    private static int number(Call call, String name, int fallback, int max) {
        Optional<String> text = call.query(name);
        if (text.isEmpty()) {
            return fallback;
        }
        try {
            // Digits alone: parseInt would take a sign, and digits of other scripts.
            int number = text.get().matches("[0-9]{1,9}") ? Integer.parseInt(text.get()) : 0;
            if (number >= 1 && number <= max) {
                return number;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw bad(name + " is a whole number from 1 to " + max);
    }

    private static ApiException bad(String message) {
        return ApiException.of(ErrorType.BAD_REQUEST, message);
    }
}
