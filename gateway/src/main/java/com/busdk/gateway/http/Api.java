package com.busdk.gateway.http;

import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenClaims;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.http.server.UnreadBody;
import com.busdk.client.identity.Identity;
import com.busdk.client.identity.TokenVerifier;
import com.busdk.client.text.Echo;
import com.busdk.gateway.http.Route.Access;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The routes of a service: finds the one that a request means, checks token, audience and scope, reads the body, has it
 * done, and answers. Immutable; on the event loop of each connection.
 */
public final class Api implements Intake.Handler {
    /** Of {@code Bearer}, before each token. */
    private static final int SCHEME_CHARS = 6;

    private final Vertx vertx;
    private final TokenVerifier tokens;
    private final Failures failures;
    private final List<Route> routes;

    /**
     * An API.
     *
     * @param vertx runs it
     * @param tokens verifies callers
     * @param routes what there is
     */
    public Api(Vertx vertx, TokenVerifier tokens, List<Route> routes) {
        this.vertx = vertx;
        this.tokens = tokens;
        this.failures = new Failures(vertx);
        this.routes = List.copyOf(routes);
    }

    @Override
    public void handle(HttpServerRequest request, String requestId) {
        request.pause();
        Future<Answer> answer;
        try {
            answer = dispatch(request, requestId);
        } catch (RuntimeException e) {
            answer = Future.failedFuture(e);
        }
        answer.onComplete(done -> {
            if (done.succeeded()) {
                send(request, done.result());
            } else {
                failures.answer(request, requestId, done.cause());
            }
        });
    }

    private Future<Answer> dispatch(HttpServerRequest request, String requestId) {
        String path = Paths.path(Paths.target(request));
        Route route = find(request, path);
        if (route == null) {
            return Future.succeededFuture(new Answer(204, Answer.JSON, Buffer.buffer()));
        }
        MultiMap query = query(request);
        return switch (route.access()) {
            case Access.Open _ ->
                route.handler().handle(new Call(Anonymous.ID, requestId, "", query, new byte[0], Head.of(request)));
            case Access.ByHandler _ ->
                read(request, route)
                        .compose(body -> route.handler()
                                .handle(new Call(
                                        Anonymous.ID,
                                        requestId,
                                        route.parameter(path),
                                        query,
                                        body,
                                        Head.of(request))));
            case Access.Scoped scoped ->
                tokens.verify(request.getHeader(HttpHeaders.AUTHORIZATION)).compose(caller -> {
                    check(caller, scoped, request.getHeader(HttpHeaders.AUTHORIZATION));
                    return read(request, route)
                            .compose(body -> route.handler()
                                    .handle(new Call(
                                            caller, requestId, route.parameter(path), query, body, Head.of(request))));
                });
        };
    }

    private Future<byte[]> read(HttpServerRequest request, Route route) {
        checkType(request, route);
        return Bodies.read(vertx, request, route.maxBodyBytes(), route.tooLong());
    }

    /** The route, or null for {@code OPTIONS} of a path that has others. */
    private @Nullable Route find(HttpServerRequest request, String path) {
        List<Route> here = routes.stream().filter(route -> route.matches(path)).toList();
        if (here.isEmpty()) {
            throw ApiException.of(
                    ErrorType.NOT_FOUND,
                    "there is no " + Echo.quote(path) + " here: "
                            + routes.stream().map(Route::path).distinct().collect(Collectors.joining(", "))
                            + " is what there is");
        }
        HttpMethod wanted = request.method().equals(HttpMethod.HEAD) ? HttpMethod.GET : request.method();
        for (Route route : here) {
            if (route.method().equals(wanted)) {
                return route;
            }
        }
        String allow = here.stream().map(route -> route.method().name()).collect(Collectors.joining(", "));
        if (wanted.equals(HttpMethod.OPTIONS)) {
            request.response().putHeader(HttpHeaders.ALLOW, allow);
            return null;
        }
        throw ApiException.of(
                        ErrorType.METHOD_NOT_ALLOWED,
                        Echo.of(request.method().name()) + " is no method of this path: use " + allow)
                .withAllow(allow);
    }

    private static MultiMap query(HttpServerRequest request) {
        try {
            return request.params();
        } catch (IllegalArgumentException e) {
            throw ApiException.of(
                    ErrorType.BAD_REQUEST, "the query is not encoded as URLs are: write % followed by two hex digits");
        }
    }

    private static void check(Identity caller, Access.Scoped scoped, String header) {
        if (!scoped.internal() && !isForApi(caller, header)) {
            throw ApiException.of(
                    ErrorType.INVALID_AUTH,
                    "The token is for the audience " + Echo.of(caller.audience()) + ", and this is for "
                            + Scopes.AUDIENCE_API + ": get one with bus auth token, or bus operator token issue"
                            + " --audience " + Scopes.AUDIENCE_API);
        }
        if (!scoped.allows(caller)) {
            throw ApiException.of(
                            ErrorType.INSUFFICIENT_ACCESS,
                            "the token has no scope " + scoped.scope() + ": get one with bus auth token --scope \""
                                    + scoped.scope() + "\"")
                    .withScope(scoped.scope());
        }
        if (scoped.internal() && !caller.audience().equals(Scopes.AUDIENCE_INTERNAL)) {
            throw ApiException.of(
                    ErrorType.INSUFFICIENT_ACCESS,
                    "this is for tokens of the audience " + Scopes.AUDIENCE_INTERNAL
                            + ": an operator issues them with bus operator token issue --audience");
        }
    }

    /** A token may name both audiences, of which a caller has the internal one. This one has been verified. */
    private static boolean isForApi(Identity caller, String header) {
        return caller.audience().equals(Scopes.AUDIENCE_API)
                || TokenClaims.peek(header.strip().substring(SCHEME_CHARS).strip())
                        .map(claims -> claims.audience().contains(Scopes.AUDIENCE_API))
                        .orElse(false);
    }

    private static void checkType(HttpServerRequest request, Route route) {
        String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        if (type == null || route.maxBodyBytes() == 0 || hasNoBody(request)) {
            return;
        }
        int parameters = type.indexOf(';');
        String bare = (parameters < 0 ? type : type.substring(0, parameters)).strip();
        if (!bare.equalsIgnoreCase(Answer.JSON)) {
            throw ApiException.of(
                    ErrorType.UNSUPPORTED_MEDIA_TYPE, "the body is JSON: send it with Content-Type: application/json");
        }
    }

    /** Whether its head says so (RFC 9112, section 6.3); a type is of no account then. */
    private static boolean hasNoBody(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        boolean unannounced = request.version() != HttpVersion.HTTP_2
                && length == null
                && request.getHeader(HttpHeaders.TRANSFER_ENCODING) == null;
        return unannounced || "0".equals(length);
    }

    private static void send(HttpServerRequest request, Answer answer) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return; // nobody waits any more
        }
        response.setStatusCode(answer.status());
        if (answer.body().length() > 0) {
            response.putHeader(HttpHeaders.CONTENT_TYPE, answer.contentType());
            response.putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        }
        Future<Void> _ = response.end(answer.body());
        UnreadBody.passOver(request);
    }
}
