package com.busdk.gateway.collector;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.gateway.http.Json;
import com.busdk.gateway.requests.Question;
import com.busdk.gateway.requests.Replies;
import com.busdk.gateway.requests.Requests;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * Reads a page of records from the usage worker, whose answers are events of limited size: what does not fit into one is
 * asked for again, from where the last one ended. On one event loop, for one request.
 */
final class WholePage {
    /** Of all records of a page: three times what 10,000 of the usual ones take. Whoever has longer ones asks for fewer. */
    static final int MAX_BYTES = 8 << 20;

    private static final String NEXT = "next";

    /** What an item has; what else a worker sends is not shown. */
    private static final List<String> TEXTS = List.of("id", "event_id", "occurred_at", "event_type");

    private final Requests requests;
    private final Question first;
    private final Selector selector;
    private final long end;
    private final ArrayNode items = Json.object().putArray("items");
    private int bytes;

    WholePage(Requests requests, Question first, Selector selector) {
        this.requests = requests;
        this.first = first;
        this.selector = selector;
        this.end = System.nanoTime() + first.timeout().toNanos();
    }

    /** The answer's body; fails with an {@link ApiException} fit for the caller. */
    Future<ObjectNode> read() {
        return read(first.payload().put("skip", 0), first.correlationId(), 0);
    }

    private Future<ObjectNode> read(ObjectNode payload, String correlationId, int skip) {
        long left = Math.max(1, Duration.ofNanos(end - System.nanoTime()).toMillis());
        Question question = new Question(
                first.name(), first.owner(), payload, correlationId, first.metadata(), Duration.ofMillis(left));
        return requests.ask(question).compose(answer -> {
            JsonNode more = answer.path("has_more");
            if (!(answer.path("items") instanceof ArrayNode list) || !more.isBoolean() || !add(list)) {
                return Future.failedFuture(Replies.malformed(UsageProvider.LIST));
            }
            JsonNode next = answer.path(NEXT);
            if (next.isMissingNode()) {
                return Future.succeededFuture(page(answer, more.booleanValue()));
            }
            // Each part has a record at least, so that this ends.
            if (!next.isInt() || next.intValue() <= skip || next.intValue() > selector.pageSize()) {
                return Future.failedFuture(Replies.malformed(UsageProvider.LIST));
            }
            ObjectNode rest = selector.payload();
            rest.set("before", before(answer));
            return read(rest.put("skip", next.intValue()), "usage-" + UUID.randomUUID(), next.intValue());
        });
    }

    /** Takes the records over; false if one of them is none. */
    private boolean add(ArrayNode list) {
        for (JsonNode one : list) {
            if (!isItem(one) || items.size() == selector.pageSize()) {
                return false;
            }
            ObjectNode item = item(one);
            bytes += Json.bytes(item).length;
            if (bytes > MAX_BYTES) {
                throw ApiException.of(
                        ErrorType.PAYLOAD_TOO_LARGE,
                        "the page has more than " + MAX_BYTES + " bytes: ask with a smaller page_size");
            }
            items.add(item);
        }
        return true;
    }

    private ObjectNode page(ObjectNode answer, boolean more) {
        ObjectNode page = Json.object();
        page.set("items", items);
        page.put("page", selector.page()).put("page_size", selector.pageSize());
        // The worker's own, where it has one: it may have fixed a time, so that pages do not shift under their reader.
        page.set("before", before(answer));
        page.put("has_more", more);
        return page;
    }

    private JsonNode before(ObjectNode answer) {
        JsonNode given = answer.path("before");
        return given.isTextual()
                ? given
                : selector.before().<JsonNode>map(TextNode::new).orElseGet(NullNode::getInstance);
    }

    private static boolean isItem(JsonNode one) {
        JsonNode account = one.path("account_id");
        JsonNode data = one.path("data");
        return TEXTS.stream().allMatch(name -> one.path(name).isTextual())
                && (account.isTextual() || isAbsent(account))
                && (data.isObject() || isAbsent(data));
    }

    private static ObjectNode item(JsonNode one) {
        ObjectNode item = Json.object();
        item.set("id", one.path("id"));
        item.set("event_id", one.path("event_id"));
        item.set("occurred_at", one.path("occurred_at"));
        if (one.path("account_id").isTextual()) {
            item.set("account_id", one.path("account_id"));
        }
        item.set("event_type", one.path("event_type"));
        item.set("data", one.path("data").isObject() ? one.path("data") : Json.object());
        return item;
    }

    private static boolean isAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }
}
