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

    static final String LIST = "bus.usage.list.request";
    private static final String DELETE = "bus.usage.delete.request";

    /** Names of the responses that have to be heard. */
    private static final List<String> RESPONSES = List.of("bus.usage.list.response", "bus.usage.delete.response");

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
        Question first = question(call, LIST, selector);
        return new WholePage(parts.requests(), first, selector).read().map(body -> Answer.json(200, body));
    }

    private Future<Answer> delete(Call call) {
        return parts.requests().ask(question(call, DELETE, Selector.read(call))).compose(answer -> {
            JsonNode deleted = answer.path("deleted");
            return deleted.isIntegralNumber() && deleted.canConvertToLong() && deleted.longValue() >= 0
                    ? Future.succeededFuture(Answer.json(200, Json.object().put("deleted", deleted.longValue())))
                    : Future.failedFuture(Replies.malformed(DELETE));
        });
    }

    private Question question(Call call, String name, Selector selector) {
        return new Question(
                name,
                call.caller().subject(),
                selector.payload(),
                "usage-" + UUID.randomUUID(),
                Map.of("request_id", call.requestId()),
                timeout);
    }
}
