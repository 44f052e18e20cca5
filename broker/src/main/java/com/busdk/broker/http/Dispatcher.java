package com.busdk.broker.http;

import com.busdk.broker.http.exchange.BodyRoom;
import com.busdk.broker.http.exchange.HttpHandler;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.http.server.DateHeader;
import com.busdk.client.identity.Identity;
import com.busdk.client.identity.TokenVerifier;
import com.busdk.client.text.Echo;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;

/**
 * Where every request arrives: dates the answer, finds the route, checks the token, and hands what goes wrong to {@link Failures}.
 *
 * <p>Thread: one instance for each event loop, used on it alone.
 */
final class Dispatcher implements Handler<HttpServerRequest> {
    private final RouteTable routes;
    private final TokenVerifier tokens;
    private final Failures failures;
    private final ServiceStats stats;
    private final DateHeader date;
    private final BodyRoom room;

    Dispatcher(
            RouteTable routes,
            TokenVerifier tokens,
            Failures failures,
            ServiceStats stats,
            DateHeader date,
            BodyRoom room) {
        this.routes = routes;
        this.tokens = tokens;
        this.failures = failures;
        this.stats = stats;
        this.date = date;
        this.room = room;
    }

    @Override
    public void handle(HttpServerRequest request) {
        stats.request();
        // The one place that all heads come by, whoever writes them later.
        date.put(request.response());
        try {
            dispatch(request);
        } catch (RuntimeException e) {
            failures.answer(request, e);
        }
    }

    private void dispatch(HttpServerRequest request) {
        String path = path(request);
        Route route = routes.find(path);
        HttpMethod method = request.method();
        if (route == null) {
            throw ApiException.of(
                    ErrorType.NOT_FOUND,
                    "there is no " + Echo.quote(path) + " here: events are at " + RouteTable.EVENTS
                            + ", and /openapi.yaml has all paths");
        }
        if (method.equals(HttpMethod.HEAD) && route.headIsGet()) {
            method = HttpMethod.GET;
        }
        HttpHandler handler = route.handler(method);
        if (handler != null) {
            authenticated(request, handler);
            return;
        }
        OpenHandler open = route.openHandler(method);
        if (open != null) {
            report(request, open.handle(request));
        } else if (method.equals(HttpMethod.OPTIONS)) {
            options(request, route);
        } else {
            throw ApiException.of(
                            ErrorType.METHOD_NOT_ALLOWED,
                            Echo.of(method.name()) + " is no method of this path: use one of " + route.allow())
                    .withAllow(route.allow());
        }
    }

    /** The path as it was sent; a request may carry its whole URL (RFC 9112, section 3.2.2). */
    static String path(HttpServerRequest request) {
        String uri = request.uri();
        if (!uri.startsWith("/")) {
            String path = request.path();
            if (path == null || !path.startsWith("/") && !uri.equals("*")) {
                throw ApiException.of(ErrorType.BAD_REQUEST, "the request names no path: start it with a /");
            }
            return path;
        }
        int query = uri.indexOf('?');
        return query < 0 ? uri : uri.substring(0, query);
    }

    private void authenticated(HttpServerRequest request, HttpHandler handler) {
        String header = request.getHeader(HttpHeaders.AUTHORIZATION);
        Identity known = header == null ? null : tokens.cached(header);
        if (known != null) {
            report(request, handler.handle(request, known));
            return;
        }
        Future<Identity> verified = tokens.verify(header);
        if (verified.isComplete()) {
            report(request, verified.compose(identity -> handler.handle(request, identity)));
            return;
        }
        // The body must wait until somebody takes it.
        request.pause();
        report(request, verified.compose(identity -> {
            Future<Void> begun = handler.handle(request, identity);
            request.resume();
            return begun;
        }));
    }

    private void report(HttpServerRequest request, Future<Void> begun) {
        if (!begun.succeeded()) {
            begun.onFailure(problem -> failures.answer(request, problem));
        }
    }

    private void options(HttpServerRequest request, Route route) {
        request.response().setStatusCode(204).putHeader(HttpHeaders.ALLOW, route.allow());
        room.answer(request, null);
    }
}
