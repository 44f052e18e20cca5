package com.busdk.gateway.collector;

import com.busdk.gateway.http.Answer;
import com.busdk.gateway.http.Call;
import com.busdk.gateway.http.Json;
import com.busdk.gateway.http.OpenApi;
import com.busdk.gateway.http.Route;
import com.busdk.gateway.provider.Provider;
import com.busdk.gateway.provider.ProviderParts;
import com.busdk.gateway.requests.Question;
import com.busdk.gateway.requests.Replies;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The collector's API as a service: {@code GET} and {@code DELETE /api/internal/usage-events}, for tokens of the internal
 * audience. The records are the usage worker's, which it asks by events.
 *
 * <pre>{@code
 * UsageProviderOptions options = UsageProviderOptions.read(Map.of("addr", "127.0.0.1:0"), System.getenv());
 * UsageProvider.start(vertx, options).onSuccess(provider -> log.info("at {}", provider.url()));
 * }</pre>
 *
 * <p>Any thread may start and stop it; requests are served on event loops.
 */
public final class UsageProvider extends Provider {
    /** Path of the records. */
    static final String PATH = "/api/internal/usage-events";

    private static final String LIST = "bus.usage.list.request";
    private static final String DELETE = "bus.usage.delete.request";

    /** Names of the responses that have to be heard. */
    private static final List<String> RESPONSES = List.of("bus.usage.list.response", "bus.usage.delete.response");

    /** What an item has; what else a worker sends is not shown. */
    private static final List<String> TEXTS = List.of("id", "event_id", "occurred_at", "event_type");

    private final Duration timeout;

    private UsageProvider(ProviderParts parts, Duration timeout) {
        super(parts);
        this.timeout = timeout;
    }

    /**
     * Starts it.
     *
     * @param vertx runs it; stays the caller's to close
     * @param options checked
     * @return the provider, listening; fails with a message for the operator
     */
    public static Future<UsageProvider> start(Vertx vertx, UsageProviderOptions options) {
        return ProviderParts.create(vertx, options.common(), "bus.usage.api").compose(parts -> {
            UsageProvider provider = new UsageProvider(parts, options.common().requestTimeout());
            return parts.open(provider.routes(), RESPONSES).map(provider);
        });
    }

    private List<Route> routes() {
        return List.of(
                OpenApi.route(PATH + "/openapi.yaml", UsageProvider.class),
                Route.internal(HttpMethod.GET, PATH, "usage:read", this::list),
                Route.internal(HttpMethod.DELETE, PATH, "usage:delete", this::delete));
    }

    private Future<Answer> list(Call call) {
        Selector selector = Selector.read(call);
        return ask(call, LIST, selector)
                .compose(answer -> page(answer, selector).map(body -> Answer.json(200, body)));
    }

    private Future<Answer> delete(Call call) {
        return ask(call, DELETE, Selector.read(call)).compose(answer -> {
            JsonNode deleted = answer.path("deleted");
            return deleted.isIntegralNumber() && deleted.canConvertToLong() && deleted.longValue() >= 0
                    ? Future.succeededFuture(Answer.json(200, Json.object().put("deleted", deleted.longValue())))
                    : Future.failedFuture(Replies.malformed(DELETE));
        });
    }

    private Future<ObjectNode> ask(Call call, String name, Selector selector) {
        return parts.requests()
                .ask(new Question(
                        name,
                        call.caller().subject(),
                        selector.payload(),
                        "usage-" + UUID.randomUUID(),
                        Map.of("request_id", call.requestId()),
                        timeout));
    }

    private static Future<ObjectNode> page(ObjectNode answer, Selector selector) {
        JsonNode given = answer.path("items");
        JsonNode more = answer.path("has_more");
        if (!(given instanceof ArrayNode list) || !more.isBoolean()) {
            return Future.failedFuture(Replies.malformed(LIST));
        }
        ArrayNode items = Json.object().putArray("items");
        for (JsonNode one : list) {
            if (!isItem(one)) {
                return Future.failedFuture(Replies.malformed(LIST));
            }
            items.add(item(one));
        }
        ObjectNode page = Json.object();
        page.set("items", items);
        page.put("page", selector.page()).put("page_size", selector.pageSize());
        // The worker's own, where it has one: it may have fixed a time, so that pages do not shift under their reader.
        page.set("before", before(answer, selector));
        page.put("has_more", more.booleanValue());
        return Future.succeededFuture(page);
    }

    private static JsonNode before(ObjectNode answer, Selector selector) {
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
