package com.busdk.broker.http;

import com.busdk.broker.http.exchange.HttpHandler;
import io.vertx.core.http.HttpMethod;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One path and what it does for each method. Filled before the service starts, then only read.
 *
 * <p>Thread: the event loop that its handlers are of.
 */
final class Route {
    private final String path;
    private final Map<HttpMethod, HttpHandler> handlers = new LinkedHashMap<>();
    private final Map<HttpMethod, OpenHandler> open = new LinkedHashMap<>();

    /** @param path as in the OpenAPI document; {@code {id}} at its end stands for one word */
    Route(String path) {
        this.path = path;
    }

    String path() {
        return path;
    }

    /** A method for those who have a token. */
    Route on(HttpMethod method, HttpHandler handler) {
        handlers.put(method, handler);
        return this;
    }

    /** A method for everybody. */
    Route onOpen(HttpMethod method, OpenHandler handler) {
        open.put(method, handler);
        return this;
    }

    @Nullable
    HttpHandler handler(HttpMethod method) {
        return handlers.get(method);
    }

    @Nullable
    OpenHandler openHandler(HttpMethod method) {
        return open.get(method);
    }

    /** Its methods, without HEAD and OPTIONS, which come by themselves. */
    Stream<HttpMethod> methods() {
        return Stream.concat(handlers.keySet().stream(), open.keySet().stream());
    }

    /** What {@code Allow} says. */
    String allow() {
        Stream<String> own = methods().map(HttpMethod::name);
        Stream<String> head = headIsGet() ? Stream.of("HEAD") : Stream.empty();
        return Stream.of(own, head, Stream.of("OPTIONS"))
                .flatMap(names -> names)
                .collect(Collectors.joining(", "));
    }

    /** A stream has no end, and so no answer to HEAD. */
    boolean headIsGet() {
        return methods().anyMatch(HttpMethod.GET::equals) && !path.equals(RouteTable.STREAM);
    }
}
